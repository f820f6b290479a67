/** @file Where an arrow key leads in a grid of rows with different numbers of tiles. Pure. */

export interface FocusRow {
  boxes: readonly { item: { key: string }; left: number; width: number }[]
  height: number
}

/**
 * @param rows - rows of tiles only, top to bottom
 * @param current - key of the focused tile; unknown or null starts at the first
 * @param at - row of `current`, when the caller knows it
 * @param screen - height that PageUp and PageDown move by, in pixels of rows
 * @returns the key of the tile to focus, or null when the key moves nothing
 */
export function moveFocus(
  rows: readonly FocusRow[],
  current: string | null,
  key: string,
  { at, screen = 600 }: { at?: number | undefined; screen?: number } = {},
): string | null {
  const y = at ?? rows.findIndex((row) => row.boxes.some((box) => box.item.key === current))
  const first = rows[0]?.boxes[0]?.item.key ?? null
  if (y < 0) return first
  const row = rows[y]!
  const x = row.boxes.findIndex((box) => box.item.key === current)
  switch (key) {
    case 'ArrowRight':
      return row.boxes[x + 1]?.item.key ?? rows[y + 1]?.boxes[0]?.item.key ?? null
    case 'ArrowLeft':
      return row.boxes[x - 1]?.item.key ?? rows[y - 1]?.boxes.at(-1)?.item.key ?? null
    case 'ArrowDown':
      return nearest(rows[y + 1], row.boxes[x]!)
    case 'ArrowUp':
      return nearest(rows[y - 1], row.boxes[x]!)
    case 'PageDown':
      return nearest(rows[rowAfter(rows, y, screen, 1)], row.boxes[x]!)
    case 'PageUp':
      return nearest(rows[rowAfter(rows, y, screen, -1)], row.boxes[x]!)
    case 'Home':
      return first
    case 'End':
      return rows.at(-1)?.boxes.at(-1)?.item.key ?? null
    default:
      return null
  }
}

/** The row a screen further; at least the next one, at most the last. */
function rowAfter(rows: readonly FocusRow[], from: number, screen: number, by: 1 | -1): number {
  let left = screen
  let y = from
  while (rows[y + by] !== undefined && (left > 0 || y === from)) {
    left -= rows[y]!.height
    if (left < 0 && y !== from) break
    y += by
  }
  return y
}

/** The box of `row` whose middle is closest to the middle of `from`. */
function nearest(row: FocusRow | undefined, from: { left: number; width: number }): string | null {
  if (row === undefined) return null
  const middle = from.left + from.width / 2
  const distance = (box: { left: number; width: number }) => Math.abs(box.left + box.width / 2 - middle)
  return [...row.boxes].sort((a, b) => distance(a) - distance(b))[0]?.item.key ?? null
}
