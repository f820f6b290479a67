/** @file The finals of a job as one zip, said in a toast with its size. Loaded with the click. */
import { downloadZip } from '../../_client/actions/files.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import { notify } from '../../_client/notify.ts'
import type { GalleryBlock } from './blocks.ts'
import { zipOf } from './zip-of.ts'

/** Never rejects. */
export async function downloadFinals(block: GalleryBlock): Promise<void> {
  try {
    const plan = await downloadZip(zipOf(block, 'final'))
    notify.plain(`Downloading ${count(plan.files, 'file')}, ${formatBytes(plan.size)}`)
  } catch (error) {
    notify.error(inWords(error))
  }
}
