/** @file Where an arrow key leads in a grid of rows with different numbers of tiles. Pure. */

export interface FocusRow {
  boxes: readonly { item: { key: string }; left: number; width: number }[]
}

/**
 * @param rows - rows of tiles only, top to bottom
 * @param current - key of the focused tile; unknown or null starts at the first
 * @param page - rows that PageUp and PageDown move
 * @returns the key of the tile to focus, or null when the key moves nothing
 */
export function moveFocus(rows: readonly FocusRow[], current: string | null, key: string, page = 3): string | null {
  const y = rows.findIndex((row) => row.boxes.some((box) => box.item.key === current))
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
      return nearest(rows[Math.min(rows.length - 1, y + page)], row.boxes[x]!)
    case 'PageUp':
      return nearest(rows[Math.max(0, y - page)], row.boxes[x]!)
    case 'Home':
      return first
    case 'End':
      return rows.at(-1)?.boxes.at(-1)?.item.key ?? null
    default:
      return null
  }
}

/** The box of `row` whose middle is closest to the middle of `from`. */
function nearest(row: FocusRow | undefined, from: { left: number; width: number }): string | null {
  if (row === undefined) return null
  const middle = from.left + from.width / 2
  const distance = (box: { left: number; width: number }) => Math.abs(box.left + box.width / 2 - middle)
  return [...row.boxes].sort((a, b) => distance(a) - distance(b))[0]?.item.key ?? null
}
