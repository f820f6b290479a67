/** @file Which head of a block was scrolled out above while the block's own rows still fill the upper edge. Pure geometry. */
import type { GalleryRow } from '../jobs/rows.ts'
import { rowAt } from './row-span.ts'

/** These begin something else. Jobs in a pack have their head beside their one row of pictures. */
const begins = (row: GalleryRow) => row.type === 'header' || row.type === 'pack' || row.type === 'running'

/**
 * @param starts - where each row begins, in pixels from the first one
 * @param offset - of the upper edge of the screen, from the first row
 * @param height - what the strip that names the job takes: it goes before the next head comes under it
 * @returns the row of that head, or -1
 */
export function headAbove(rows: readonly GalleryRow[], starts: Float64Array, offset: number, height: number): number {
  const first = offset < 0 ? -1 : rowAt(starts, offset)
  let head = first
  while (head >= 0 && !begins(rows[head]!)) head--
  if (head < 0 || rows[head]!.type !== 'header' || starts[head + 1]! > offset) return -1
  for (let row = first + 1; row < rows.length && starts[row]! < offset + height; row++) {
    if (begins(rows[row]!)) return -1
  }
  return starts.at(-1)! < offset + height ? -1 : head
}
