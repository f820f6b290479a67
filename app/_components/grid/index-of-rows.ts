/** @file Where every file stands among the rows, worked out once per list: keys and scrolling ask often. Pure. */
import type { MediaItem } from '../../_client/media-item.ts'
import type { GalleryRow, TilesRow } from '../jobs/rows.ts'

export interface RowIndex {
  rows: readonly GalleryRow[]
  items: readonly MediaItem[]
  tiles: readonly TilesRow[]
  /** key of a file → its row, its row among the rows of tiles, its place among the files */
  places: ReadonlyMap<string, { row: number; tiles: number; item: number }>
  days: readonly Day[]
  /** of all rows, as estimated, in pixels */
  height: number
}

/** Where a day begins. */
export interface Day {
  /** Unix seconds, of the first job that day */
  at: number
  row: number
  /** pixels from the first row */
  offset: number
}

/** @param before - of rows that may differ in little: where the same files stand in the same rows, places are taken from it */
export function indexOfRows(rows: readonly GalleryRow[], before: RowIndex | null = null): RowIndex {
  if (before !== null && standsAsBefore(rows, before)) {
    const tiles = rows.filter((row): row is TilesRow => row.type === 'tiles')
    return { ...before, rows, tiles, items: tiles.flatMap((row) => row.boxes.map(({ item }) => item)) }
  }
  const items: MediaItem[] = []
  const tiles: TilesRow[] = []
  const places = new Map<string, { row: number; tiles: number; item: number }>()
  const days: Day[] = []
  const zone = new Date().getTimezoneOffset() * 60
  let day = Number.NaN
  let height = 0
  for (const [row, entry] of rows.entries()) {
    if (entry.at !== undefined) {
      const its = Math.floor((entry.at - zone) / 86_400)
      if (its !== day) days.push({ at: entry.at, row, offset: height })
      day = its
    }
    height += entry.height
    if (entry.type !== 'tiles') continue
    for (const { item } of entry.boxes) {
      places.set(item.key, { row, tiles: tiles.length, item: items.length })
      items.push(item)
    }
    tiles.push(entry)
  }
  return { rows, items, tiles, places, days, height }
}

function standsAsBefore(rows: readonly GalleryRow[], { rows: before }: RowIndex): boolean {
  return rows.length === before.length && rows.every((row, at) => row === before[at] || standsAs(row, before[at]!))
}

function standsAs(row: GalleryRow, before: GalleryRow): boolean {
  if (row.key !== before.key || row.height !== before.height || row.at !== before.at) return false
  if (row.type !== 'tiles' || before.type !== 'tiles') return row.type === before.type
  if (row.boxes.length !== before.boxes.length) return false
  return row.boxes.every(({ item }, column) => item.key === before.boxes[column]!.item.key)
}
