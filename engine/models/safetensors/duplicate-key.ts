/**
 * @file Finds a key that a JSON text says twice. `JSON.parse` keeps the last one in silence, other readers the first:
 * a file that says two things is refused. Expects text that `JSON.parse` accepts.
 */

const quote = 0x22
const backslash = 0x5c

/** @returns the first key that occurs twice in one object, or null */
export function findDuplicateKey(json: string): string | null {
  const open: Set<string>[] = []
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === 0x7b || code === 0x5b) open.push(new Set())
    else if (code === 0x7d || code === 0x5d) open.pop()
    else if (code === quote) {
      const end = stringEnd(json, at)
      if (isKey(json, end)) {
        const key = JSON.parse(json.slice(at, end)) as string
        const keys = open.at(-1)
        if (keys?.has(key)) return key
        keys?.add(key)
      }
      at = end - 1
    }
  }
  return null
}

/** @returns the place behind the closing quote */
function stringEnd(json: string, start: number): number {
  let at = start + 1
  while (json.charCodeAt(at) !== quote) at += json.charCodeAt(at) === backslash ? 2 : 1
  return at + 1
}

function isKey(json: string, end: number): boolean {
  let at = end
  while (/\s/.test(json[at] ?? '')) at += 1
  return json[at] === ':'
}
