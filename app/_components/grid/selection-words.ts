/** @file A selection in words: count and kinds always spelled out. */
import { count, kindWords } from '../../_client/format/words.ts'
import { type Selection, selectionSums } from '../../_client/state/selection.ts'

const kinds = ['final', 'preview', 'intermediate'] as const

/** `5 files (3 finals, 2 previews)`, `3 finals`, `2 files` */
export function selectionWords(selection: Pick<Selection, 'items' | 'whole'>): string {
  const sums = selectionSums(selection)
  const parts = kinds
    .filter((kind) => sums[kind].files > 0)
    .map((kind) => count(sums[kind].files, kindWords[kind].one, kindWords[kind].many))
  if (parts.length === 0) return count(sums.files, 'file')
  return parts.length === 1 ? parts[0]! : `${count(sums.files, 'file')} (${parts.join(', ')})`
}
