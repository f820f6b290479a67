/** @file The gallery as one flat list of rows, so that ten thousand files cost no more than a screenful. Pure. */
import type { OutputKind } from '#contracts/jobs'
import type { MediaItem } from '../../_client/media-item.ts'
import { type Box, justify } from '../grid/justify.ts'
import type { GalleryBlock } from './blocks.ts'

export type GalleryRow =
  | { type: 'running'; key: string; job: string; height: number }
  | { type: 'header'; key: string; block: GalleryBlock; height: number }
  | { type: 'note'; key: string; block: GalleryBlock; height: number }
  | { type: 'tiles'; key: string; boxes: Box<MediaItem>[]; height: number; tileHeight: number }
  | { type: 'folds'; key: string; block: GalleryBlock; folds: Fold[]; height: number }

/** Folded previews or intermediates of one job. */
export interface Fold {
  key: string
  kind: OutputKind
  items: MediaItem[]
  open: boolean
}

export interface RowOptions {
  width: number
  rowHeight: number
  gap: number
  /** keys of opened folds */
  open: ReadonlySet<string>
}

/** First guesses; rows of text are measured when they are on the screen. */
const heights = { running: 250, header: 60, note: 64, folds: 48 }

const ratioOf = (item: MediaItem) => (item.width && item.height ? item.width / item.height : 1)

export function galleryRows(running: readonly string[], blocks: readonly GalleryBlock[], options: RowOptions) {
  const rows: GalleryRow[] = running.map((job) => ({
    type: 'running',
    key: `running:${job}`,
    job,
    height: heights.running,
  }))
  for (const block of blocks) rows.push(...blockRows(block, options))
  return rows
}

function blockRows(block: GalleryBlock, options: RowOptions): GalleryRow[] {
  const rows: GalleryRow[] = [{ type: 'header', key: `header:${block.id}`, block, height: heights.header }]
  const ended = block.status !== null && block.status !== 'completed' && block.status !== 'running'
  if (ended || block.files.final.length === 0) {
    rows.push({ type: 'note', key: `note:${block.id}`, block, height: heights.note })
  }
  // A lone final deserves to be seen: a taller row than a crowd gets.
  const few = block.files.final.length <= 2
  rows.push(...tileRows(`final:${block.id}`, block.files.final, options, few ? 1.35 : 1))
  const folds = (['preview', 'intermediate'] as const)
    .map((kind) => ({ key: `${kind}:${block.id}`, kind, items: block.files[kind] }))
    .filter((fold) => fold.items.length > 0)
    .map((fold) => ({ ...fold, open: options.open.has(fold.key) }))
  if (folds.length > 0) rows.push({ type: 'folds', key: `folds:${block.id}`, block, folds, height: heights.folds })
  for (const fold of folds) if (fold.open) rows.push(...tileRows(fold.key, fold.items, options, 0.7))
  return rows
}

/** Rows of tiles; `scale` changes the wished height. */
export function tileRows(key: string, items: readonly MediaItem[], options: Omit<RowOptions, 'open'>, scale = 1) {
  const rowHeight = Math.round(options.rowHeight * scale)
  return justify(items, ratioOf, { width: options.width, rowHeight, gap: options.gap }).map(
    (row, index): GalleryRow => ({
      type: 'tiles',
      key: `${key}:${index}`,
      boxes: row.boxes,
      tileHeight: row.height,
      height: row.height + options.gap,
    }),
  )
}
