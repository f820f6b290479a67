/** @file What a block holds, in words. */
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import type { GalleryBlock } from './blocks.ts'

/** `Enlarge (3 finals, 12 intermediates, 1.2 GB)` */
export function blockInWords({ title, files, size }: GalleryBlock): string {
  const holds = [
    ...(['final', 'preview', 'intermediate'] as const)
      .filter((kind) => files[kind].length > 0)
      .map((kind) => count(files[kind].length, kindWords[kind].one, kindWords[kind].many)),
    ...(size > 0 ? [formatBytes(size)] : []),
  ].join(', ')
  return holds === '' ? title : `${title} (${holds})`
}
