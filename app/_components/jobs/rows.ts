/**
 * @file The gallery as one flat list of rows, so that ten thousand files cost no more than a screenful. Pure.
 * A job with many finals is a block over the whole width; jobs with few stand side by side in a pack, with a note for those that
 * have none or did not end well.
 */
import type { OutputKind } from '#contracts/jobs'
import type { MediaItem } from '../../_client/media-item.ts'
import { type Box, justify } from '../grid/justify.ts'
import { allFiles, type GalleryBlock } from './blocks.ts'
import { needsAttention } from './needs-attention.ts'

export type GalleryRow = {
  key: string
  height: number
  /** which day it belongs to: when the first job in it ended, Unix seconds; absent while it runs, and for inputs */
  at?: number | undefined
} & (
  | { type: 'running'; job: string }
  | { type: 'header'; block: GalleryBlock; retry: boolean }
  | { type: 'note'; block: GalleryBlock }
  | TileRow
  | { type: 'folds'; folds: Fold[] }
  | { type: 'pack'; groups: Group[] }
  | { type: 'packFolds'; groups: Group[] }
)
interface TileRow {
  type: 'tiles'
  boxes: Box<MediaItem>[]
  tileHeight: number
  notes?: Group[]
}
export type TilesRow = Extract<GalleryRow, { type: 'tiles' }>

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
  /** how much of the width, from the left, is a sentence instead of pictures */
  note: number
}

export interface RowOptions {
  width: number
  rowHeight: number
  gap: number
  /** keys of opened folds */
  open: ReadonlySet<string>
  /** a filter asked for previews or intermediates: they stand as finals do */
  unfolded: boolean
}

/**
 * What rows of text take, so that nothing moves when they are drawn; they are measured all the same, as text may wrap.
 * Targets are higher where fingers point.
 */
const heights = (width: number) =>
  isNarrow(width)
    ? { running: 116, header: 98, note: 88, folds: 56, pack: 66, packFolds: 48 }
    : { running: 100, header: 66, note: 52, folds: 44, pack: 66, packFolds: 36 }
const isNarrow = (width: number) => width < 700
/** A job's name and facts need this much, however narrow its picture. */
const narrowestGroup = 180
/** A sentence instead of pictures needs this much. */
const noteGroup = 240
const betweenGroups = 20
/** With more finals a job gets rows of its own. */
const fewFinals = 3

/** Height of the line with a tile's name. */
export const captionHeight = 28
/** And of the line below a tile that leads somewhere. */
export const linkHeight = 24

/** As recorded, or as it was seen when its thumbnail was made; a file nobody looked into yet is a square. */
const ratioOf = ({ width, height }: MediaItem) => (width && height ? width / height : 1)

export function galleryRows(running: readonly string[], blocks: readonly GalleryBlock[], options: RowOptions) {
  const rows = running.flatMap((job): GalleryRow[] => {
    const block = blocks.find(({ id }) => id === job)
    return [
      { type: 'running', key: `running:${job}`, job, height: heights(options.width).running },
      ...(block ? fileRowsOf(block, { ...options, rowHeight: Math.round(options.rowHeight * 0.6) }) : []),
    ]
  })
  let small: GalleryBlock[] = []
  const flush = () => {
    for (const { blocks, large } of runsOf(small, options)) {
      rows.push(...packRows(blocks, large ? { ...options, rowHeight: twoRows(options) } : options))
    }
    small = []
  }
  for (const block of blocks) {
    if (running.includes(block.id)) continue
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

const twoRows = ({ rowHeight, gap }: Grid) => rowHeight * 2 + gap

/** A line of films is only worth its height when it is filled this far. */
const filled = 0.6

interface Run {
  blocks: GalleryBlock[]
  /** two rows high */
  large: boolean
}

/** Jobs of one film each that follow each other stand together and large, where they fill a line; all others pack as they come. */
function runsOf(blocks: readonly GalleryBlock[], options: RowOptions): Run[] {
  const runs: Run[] = []
  for (const [n, block] of blocks.entries()) {
    if (n === 0 || isFilm(block) !== isFilm(blocks[n - 1]!)) runs.push({ blocks: [], large: isFilm(block) })
    runs.at(-1)!.blocks.push(block)
  }
  const merged: Run[] = []
  for (const { blocks, large } of runs) {
    const stands = large && widthOf(blocks, options) >= options.width * filled
    const before = merged.at(-1)
    if (before && !before.large && !stands) before.blocks.push(...blocks)
    else merged.push({ blocks: [...blocks], large: stands })
  }
  return merged
}

/** What films take side by side, two rows high. */
const widthOf = (films: readonly GalleryBlock[], options: Grid) =>
  films.reduce((sum, { files }) => sum + shape(files.final[0]!) * twoRows(options) + betweenGroups, 0)

function foldsOf(block: GalleryBlock, { open, unfolded }: RowOptions): Fold[] {
  if (unfolded) return []
  return (['preview', 'intermediate'] as const)
    .map((kind) => ({ key: `${kind}:${block.id}`, kind, items: block.files[kind] }))
    .filter((fold) => fold.items.length > 0)
    .map((fold) => ({ ...fold, open: open.has(fold.key) }))
}

/** An opened fold needs the width: its job leaves the pack. */
function isSmall(block: GalleryBlock, options: RowOptions): boolean {
  if (options.unfolded && block.files.preview.length + block.files.intermediate.length > 0) return false
  const finals = block.files.final.length
  // A sentence and pictures side by side need room.
  const fits = finals === 0 || (finals <= fewFinals && (!endedBadly(block) || options.width >= 620))
  return fits && block.status !== 'running' && foldsOf(block, options).every((fold) => !fold.open)
}

/** What a job made is one video, which is looked at by itself. */
const isFilm = (block: GalleryBlock) =>
  block.files.final.length === 1 && block.files.final[0]!.media === 'video' && !endedBadly(block)

const endedBadly = ({ status, kept }: GalleryBlock) =>
  status !== null && status !== 'completed' && status !== 'running' && !kept

function packRows(blocks: readonly GalleryBlock[], options: RowOptions): GalleryRow[] {
  const { width, rowHeight, gap } = options
  const needs = (block: GalleryBlock) => {
    if (block.files.final.length === 0) return noteGroup / rowHeight
    const pictures = block.files.final.reduce((sum, item) => sum + shape(item), 0)
    const gaps = (gap * (block.files.final.length - 1)) / rowHeight
    const note = endedBadly(block) ? (noteGroup + gap) / rowHeight : 0
    return Math.max(pictures + gaps + note, narrowestGroup / rowHeight)
  }
  const placed = justify(blocks, needs, {
    width,
    rowHeight,
    gap: betweenGroups,
    minPerRow: 1,
    lowest: rowHeight * 0.7,
    widest: 12,
  })
  return placed.flatMap((row): GalleryRow[] => {
    const groups = row.boxes.map(({ item: block, left, width: part }) => ({
      block,
      folds: foldsOf(block, options),
      left,
      width: part,
      note: noteOf(block, part, row.height / rowHeight),
    }))
    const at = groups[0]!.block.at
    const key = groups.map((group) => group.block.id).join(' ')
    const boxes = groups.flatMap((group) => packTiles(group, row.height, gap))
    const notes = groups.filter((group) => group.note > 0)
    const tiles = { type: 'tiles', key: `pack:${row.height}:${key}`, boxes, notes, at, tileHeight: row.height } as const
    const rows: GalleryRow[] = [
      { type: 'pack', key: `heads:${key}`, groups, at, height: heights(width).pack },
      { ...tiles, height: row.height + gap },
    ]
    if (groups.some((group) => group.folds.length > 0)) {
      rows.push({ type: 'packFolds', key: `chips:${key}`, groups, at, height: heights(width).packFolds })
    }
    return rows
  })
}

const shape = (item: MediaItem) => Math.min(4, Math.max(0.5, ratioOf(item)))

/** @param scale - of the row, as it is lower or higher than wished */
function noteOf(block: GalleryBlock, width: number, scale: number): number {
  if (block.files.final.length === 0) return width
  return endedBadly(block) ? Math.floor(noteGroup * scale) : 0
}

/** A panorama has its own shape where there is room for it; elsewhere it stands whole in a box. */
const widestIn = (width: number) => (width >= 900 ? 4 : 2.6)

/** A group's pictures share its width by their shapes; one that is narrower than its heading keeps its own. */
function packTiles({ block, left, width, note }: Group, height: number, gap: number): Box<MediaItem>[] {
  const finals = block.files.final
  const text = note > 0 ? note + gap : 0
  const room = width - text - gap * (finals.length - 1)
  const shapes = finals.reduce((sum, item) => sum + shape(item), 0)
  const unit = Math.min(room / shapes, height * 1.06)
  let at = left + text
  return finals.map((item) => {
    const box = { item, left: at, width: Math.floor(shape(item) * unit) }
    at += box.width + gap
    return box
  })
}

function blockRows(block: GalleryBlock, options: RowOptions): GalleryRow[] {
  const { at } = block
  const { header, note } = heights(options.width)
  const shown = options.unfolded ? allFiles(block) : block.files.final
  // Where there is room, the head says all about a job that was stopped; why one failed, and what to do about one that was
  // interrupted, needs a line.
  const inHead = block.status !== 'failed' && !needsAttention(block) && !isNarrow(options.width)
  const noted = shown.length === 0 || (endedBadly(block) && !inHead)
  const retry = endedBadly(block) && !noted
  const rows: GalleryRow[] = [{ type: 'header', key: `header:${block.id}:${retry}`, block, retry, at, height: header }]
  if (noted) rows.push({ type: 'note', key: `note:${block.id}`, block, at, height: note })
  return [...rows, ...fileRowsOf(block, options)]
}

/** The finals, the chips of the rest, and what of it is opened. */
function fileRowsOf(block: GalleryBlock, options: RowOptions): GalleryRow[] {
  const { at } = block
  if (options.unfolded) return tileRows(`all:${block.id}`, allFiles(block), options, { at })
  const folds = foldsOf(block, options)
  const { folds: height } = heights(options.width)
  return [
    ...tileRows(`final:${block.id}`, block.files.final, options, { at }),
    ...(folds.length > 0 ? [{ type: 'folds' as const, key: `folds:${block.id}`, folds, at, height }] : []),
    ...folds.flatMap((fold) => (fold.open ? tileRows(fold.key, fold.items, options, { at, scale: 0.7 }) : [])),
  ]
}

/** All files as one list, in rows that know their day. */
export function fileRows(items: readonly MediaItem[], { width, rowHeight, gap }: Grid): TilesRow[] {
  return justify(items, ratioOf, { width, rowHeight, gap, widest: widestIn(width) }).map((row) => ({
    type: 'tiles',
    // Named by its first file: rows below stay what they are when one above changes.
    key: `${row.boxes[0]!.item.key}:${row.height}`,
    at: row.boxes[0]!.item.at,
    boxes: row.boxes,
    tileHeight: row.height,
    height: row.height + gap,
  }))
}

type Grid = Pick<RowOptions, 'width' | 'rowHeight' | 'gap'>

/** Rows of tiles; `scale` changes the wished height. The height is part of the key, as sizes are kept by key. */
export function tileRows(
  key: string,
  items: readonly MediaItem[],
  options: Grid,
  { at, scale = 1 }: { at?: number; scale?: number } = {},
) {
  const rowHeight = Math.round(options.rowHeight * scale)
  const { width, gap } = options
  return justify(items, ratioOf, { width, rowHeight, gap, widest: widestIn(width) }).map(
    (row, index): GalleryRow => ({
      type: 'tiles',
      key: `${key}:${index}:${row.height}`,
      boxes: row.boxes,
      at,
      tileHeight: row.height,
      height: row.height + options.gap,
    }),
  )
}

/** Rows of equal tiles with a line for the name and one that leads somewhere, for files whose shape the listing does not know. */
export function uniformRows(items: readonly MediaItem[], { width, rowHeight, gap }: Grid) {
  if (width <= 0) return []
  const columns = Math.max(2, Math.floor((width + gap) / (rowHeight + gap)))
  const tileWidth = Math.floor((width - gap * (columns - 1)) / columns)
  const tileHeight = Math.round(tileWidth * 0.8) + captionHeight + linkHeight
  const rows: GalleryRow[] = []
  for (let at = 0; at < items.length; at += columns) {
    const boxes = items
      .slice(at, at + columns)
      .map((item, column) => ({ item, left: column * (tileWidth + gap), width: tileWidth }))
    rows.push({ type: 'tiles', key: `${at}:${tileHeight}:${columns}`, boxes, tileHeight, height: tileHeight + gap })
  }
  return rows
}
