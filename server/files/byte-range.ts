/** @file The `Range` request header: one range is served, several are not worth their trouble and get the whole. */

export interface ByteRange {
  start: number
  /** Exclusive. */
  end: number
}

/**
 * @param size - bytes of the whole
 * @returns the range; `unsatisfiable` (416) when it lies outside; null when the whole is to be sent (no header, another
 * unit, malformed, or several ranges)
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size }
  }
  const start = Number(match[1])
  const last = match[2] === '' ? size - 1 : Number(match[2])
  if (last < start && match[2] !== '') return null
  if (start >= size) return 'unsatisfiable'
  return { start, end: Math.min(last + 1, size) }
}
