/** @file The files of one job as rows of the grid: a heading for each kind, then its tiles. Pure. */
import { type Fold, type GalleryRow, type RowOptions, tileRows } from '../jobs/rows.ts'

/** More files of a kind than this wait for a click. */
export const shownAtFirst = 24

/** Finals are what a job is for; where it is narrow they are little larger than two columns allow. */
const scaleOf = (kind: Fold['kind'], width: number) => {
  if (kind !== 'final') return 0.85
  return width >= 640 ? 1.6 : 1.3
}

/** A heading, as estimated: it is measured when it is drawn. */
const headHeight = 44

export function kindRows(
  folds: readonly Fold[],
  options: Pick<RowOptions, 'width' | 'rowHeight' | 'gap'>,
): GalleryRow[] {
  return folds.flatMap((fold) => {
    const shown = fold.open ? fold.items : fold.items.slice(0, shownAtFirst)
    return [
      { type: 'folds', key: `head:${fold.kind}`, folds: [fold], height: headHeight },
      ...tileRows(fold.kind, shown, options, { scale: scaleOf(fold.kind, options.width) }),
    ]
  })
}
