/** @file The order of paths everywhere: by their UTF-8 bytes, ascending, whatever the locale. */

/** Comparison for `sort`. JavaScript's `<` compares UTF-16 units, which differs from bytes only beyond U+D7FF. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left === right) continue
    if (left >= 0xd800 && right >= 0xd800) return Buffer.compare(Buffer.from(a), Buffer.from(b))
    return left - right
  }
  return a.length - b.length
}
