/**
 * @file JSON whose whole numbers stay exact beyond 2^53, where `JSON.parse` rounds: there they are bigints. Seeds of 64 bits
 * are such numbers. Text without one costs a search more than `JSON.parse` does.
 */

/** Whether there may be one; digits in a string that look alike cost time only. */
const mayHoldLarge = /(^|[:[,\s])-?[1-9]\d{15}/
/** 64 bits have 20 digits. What is much longer is no number that anybody counts with, and slow to read as one. */
const large = /^-?[1-9]\d{15,39}$/

/** @throws SyntaxError as `JSON.parse` does */
export function parseExact(text: string): unknown {
  // Also judges whether it is JSON at all; what follows may count on that.
  const rounded: unknown = JSON.parse(text)
  if (!mayHoldLarge.test(text)) return rounded
  // A text that nothing in there can be.
  const mark = crypto.randomUUID()
  const parts: string[] = []
  let copied = 0
  /** A string's beginning, or a number. */
  const token = /"|-?\d[\d.eE+-]*/g
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [word] = found
    if (word === '"') token.lastIndex = endOfString(text, found.index)
    else if (large.test(word) && !Number.isSafeInteger(Number(word))) {
      parts.push(text.slice(copied, found.index), `"${mark}${word}"`)
      copied = found.index + word.length
    }
  }
  if (parts.length === 0) return rounded
  return JSON.parse(parts.join('') + text.slice(copied), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  )
}

/** Behind the quotation mark that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return end + 1
  }
}

/**
 * `JSON.stringify` that writes bigints as numbers; `null` for what JSON leaves out.
 * @param space - as there
 * @throws TypeError for a circle
 */
export function stringifyExact(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, null, space) ?? 'null'
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  // It met a bigint, as it hardly ever does.
  const mark = crypto.randomUUID()
  const marked = JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === 'bigint' ? mark + inner : inner),
    space,
  )
  return marked.replace(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1')
}

/** The value with every bigint as the nearest number, which is what `JSON.parse` gives; itself when it has none. */
export function roundLarge<T>(value: T): T {
  return holdsLarge(value) ? (withoutLarge(value) as T) : value
}

function holdsLarge(value: unknown): boolean {
  if (typeof value === 'bigint') return true
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  for (const key in value) if (holdsLarge((value as Record<string, unknown>)[key])) return true
  return false
}

function withoutLarge(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutLarge)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutLarge(inner)]))
}
