/** @file Makes the thumbnails of a job's files when it ends, before anybody looks. */
import type { TreeIndex } from '../assets/tree-index.ts'
import { thumbnailWidths } from './messages.ts'
import type { Thumbnails } from './thumbnails.ts'

/**
 * @param folder - the job's folder below the output root
 * @param widths - the ones a gallery shows at once
 */
export async function prepareJobThumbnails(
  { outputs, thumbnails }: { outputs: TreeIndex; thumbnails: Thumbnails },
  folder: string,
  widths: readonly (typeof thumbnailWidths)[number][] = thumbnailWidths.slice(0, 2),
): Promise<void> {
  const media = outputs.folder(folder)?.files.filter((file) => file.media !== null) ?? []
  await Promise.all(
    media.flatMap((file) =>
      widths.map((width) =>
        thumbnails.prepare(
          { type: 'outputs', segments: file.path.split('/'), size: file.size, modified: file.mtimeMs / 1000 },
          width,
        ),
      ),
    ),
  )
}
