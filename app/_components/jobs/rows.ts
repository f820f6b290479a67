/**
 * @file The gallery as one flat list of rows, so that ten thousand files cost no more than a screenful. Pure.
 * A job with many finals is a block over the whole width; finished jobs with few stand side by side in a pack.
 */
import type { OutputKind } from '#contracts/jobs'
import type { MediaItem } from '../../_client/media-item.ts'
import { type Box, justify } from '../grid/justify.ts'
import type { GalleryBlock } from './blocks.ts'

export type GalleryRow =
  | { type: 'running'; key: string; job: string; height: number }
  | { type: 'header'; key: string; block: GalleryBlock; height: number }
  | { type: 'note'; key: string; block: GalleryBlock; height: number }
  | { type: 'tiles'; key: string; boxes: Box<MediaItem>[]; height: number; tileHeight: number; notes?: Group[] }
  | { type: 'folds'; key: string; folds: Fold[]; height: number }
  | { type: 'pack'; key: string; groups: Group[]; height: number }
  | { type: 'packFolds'; key: string; groups: Group[]; height: number }

/** Folded previews or intermediates of one job. */
export interface Fold {
  key: string
  kind: OutputKind
  items: MediaItem[]
  open: boolean
}

/** A job in a pack: its part of the row, in pixels. */
export interface Group {
  block: GalleryBlock
  folds: Fold[]
  left: number
  width: number
}

export interface RowOptions {
  width: number
  rowHeight: number
  gap: number
  /** keys of opened folds */
  open: ReadonlySet<string>
}

/**
 * What rows of text take, so that nothing moves when they are drawn; they are measured all the same, as text may wrap.
 * Targets are higher where fingers point.
 */
const heights = (width: number) =>
  width < 700
    ? { running: 384, header: 98, note: 88, folds: 56, pack: 66, packFolds: 48 }
    : { running: 192, header: 66, note: 68, folds: 44, pack: 66, packFolds: 36 }
/** A job's name and facts need this much, however narrow its picture. */
const narrowestGroup = 156
/** A sentence instead of pictures needs this much. */
const noteGroup = 240
const betweenGroups = 20
/** With more finals a job gets rows of its own. */
const fewFinals = 3

/** Height of the line with a tile's name. */
export const captionHeight = 28

const ratioOf = (item: MediaItem) => (item.width && item.height ? item.width / item.height : 1)

export function galleryRows(running: readonly string[], blocks: readonly GalleryBlock[], options: RowOptions) {
  const rows: GalleryRow[] = running.map((job) => ({
    type: 'running',
    key: `running:${job}`,
    job,
    height: heights(options.width).running,
  }))
  let small: GalleryBlock[] = []
  const flush = () => {
    rows.push(...packRows(small, options))
    small = []
  }
  for (const block of blocks) {
    if (isSmall(block, options)) {
      small.push(block)
      continue
    }
    flush()
    rows.push(...blockRows(block, options))
  }
  flush()
  return rows
}

function foldsOf(block: GalleryBlock, open: ReadonlySet<string>): Fold[] {
  return (['preview', 'intermediate'] as const)
    .map((kind) => ({ key: `${kind}:${block.id}`, kind, items: block.files[kind] }))
    .filter((fold) => fold.items.length > 0)
    .map((fold) => ({ ...fold, open: open.has(fold.key) }))
}

/** An opened fold needs the width: its job leaves the pack. */
function isSmall(block: GalleryBlock, { open }: RowOptions): boolean {
  const finals = block.files.final.length
  const done = block.status === 'completed' || block.status === null
  const fits = finals === 0 || (done && finals <= fewFinals)
  return fits && block.status !== 'running' && foldsOf(block, open).every((fold) => !fold.open)
}

function packRows(blocks: readonly GalleryBlock[], options: RowOptions): GalleryRow[] {
  const { width, rowHeight, gap, open } = options
  const needs = (block: GalleryBlock) => {
    if (block.files.final.length === 0) return noteGroup / rowHeight
    const pictures = block.files.final.reduce((sum, item) => sum + shape(item), 0)
    const gaps = (gap * (block.files.final.length - 1)) / rowHeight
    return Math.max(pictures + gaps, narrowestGroup / rowHeight)
  }
  const placed = justify(blocks, needs, { width, rowHeight, gap: betweenGroups, minPerRow: 1, widest: 7 })
  return placed.flatMap((row): GalleryRow[] => {
    const groups = row.boxes.map(({ item: block, left, width: part }) => ({
      block,
      folds: foldsOf(block, open),
      left,
      width: part,
    }))
    const key = groups.map((group) => group.block.id).join(' ')
    const boxes = groups.flatMap((group) => packTiles(group, row.height, gap))
    const notes = groups.filter((group) => group.block.files.final.length === 0)
    const tiles = { type: 'tiles', key: `pack:${row.height}:${key}`, boxes, notes, tileHeight: row.height } as const
    const rows: GalleryRow[] = [
      { type: 'pack', key: `heads:${key}`, groups, height: heights(width).pack },
      { ...tiles, height: row.height + gap },
    ]
    if (groups.some((group) => group.folds.length > 0)) {
      rows.push({ type: 'packFolds', key: `chips:${key}`, groups, height: heights(width).packFolds })
    }
    return rows
  })
}

const shape = (item: MediaItem) => Math.min(2.6, Math.max(0.5, ratioOf(item)))

/** A group's pictures share its width by their shapes; one that is narrower than its heading keeps its own. */
function packTiles({ block, left, width }: Group, height: number, gap: number): Box<MediaItem>[] {
  const finals = block.files.final
  const room = width - gap * (finals.length - 1)
  const shapes = finals.reduce((sum, item) => sum + shape(item), 0)
  const unit = Math.min(room / shapes, height * 1.06)
  let at = left
  return finals.map((item) => {
    const box = { item, left: at, width: Math.floor(shape(item) * unit) }
    at += box.width + gap
    return box
  })
}

function blockRows(block: GalleryBlock, options: RowOptions): GalleryRow[] {
  const rows: GalleryRow[] = [
    { type: 'header', key: `header:${block.id}`, block, height: heights(options.width).header },
  ]
  const ended = block.status !== null && block.status !== 'completed' && block.status !== 'running'
  if (ended || block.files.final.length === 0) {
    rows.push({ type: 'note', key: `note:${block.id}`, block, height: heights(options.width).note })
  }
  rows.push(...tileRows(`final:${block.id}`, block.files.final, options))
  const folds = foldsOf(block, options.open)
  if (folds.length > 0)
    rows.push({ type: 'folds', key: `folds:${block.id}`, folds, height: heights(options.width).folds })
  for (const fold of folds) if (fold.open) rows.push(...tileRows(fold.key, fold.items, options, 0.7))
  return rows
}

/** Rows of tiles; `scale` changes the wished height. The height is part of the key, as sizes are kept by key. */
export function tileRows(key: string, items: readonly MediaItem[], options: Omit<RowOptions, 'open'>, scale = 1) {
  const rowHeight = Math.round(options.rowHeight * scale)
  return justify(items, ratioOf, { width: options.width, rowHeight, gap: options.gap }).map(
    (row, index): GalleryRow => ({
      type: 'tiles',
      key: `${key}:${index}:${row.height}`,
      boxes: row.boxes,
      tileHeight: row.height,
      height: row.height + options.gap,
    }),
  )
}

/** Rows of equal tiles with a line for the name, for files whose shape the listing does not know. */
export function uniformRows(items: readonly MediaItem[], { width, rowHeight, gap }: Omit<RowOptions, 'open'>) {
  if (width <= 0) return []
  const columns = Math.max(2, Math.floor((width + gap) / (rowHeight + gap)))
  const tileWidth = Math.floor((width - gap * (columns - 1)) / columns)
  const tileHeight = Math.round(tileWidth * 0.8) + captionHeight
  const rows: GalleryRow[] = []
  for (let at = 0; at < items.length; at += columns) {
    const boxes = items
      .slice(at, at + columns)
      .map((item, column) => ({ item, left: column * (tileWidth + gap), width: tileWidth }))
    rows.push({ type: 'tiles', key: `${at}:${tileHeight}:${columns}`, boxes, tileHeight, height: tileHeight + gap })
  }
  return rows
}
