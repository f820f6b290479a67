/**
 * @file The syntax of prompts: which part of a text counts how much. Pure; knows no tokens.
 *
 * - `(words)` multiplies the weight around it by 1.1, `(words:1.3)` sets it to 1.3 whatever stands around it;
 * - `\(` and `\)` are the characters themselves;
 * - parentheses that do not pair up are text. Nothing throws.
 *
 * The rules, with their corner cases, are those of ComfyUI's prompts.
 */

export interface WeightedText {
  text: string
  weight: number
}

const emphasis = 1.1
/** Deeper than anyone writes; what lies deeper is text, so that hostile nesting costs no more than long text. */
const maxDepth = 50

/** Parts of `prompt` in their order, none of them empty. Their texts joined are the prompt without its syntax. */
export function parsePromptWeights(prompt: string): WeightedText[] {
  const parts: WeightedText[] = []
  addParts(prompt, 1, 0, parts)
  return parts
}

function addParts(text: string, weight: number, depth: number, parts: WeightedText[]): void {
  for (const item of splitGroups(text)) {
    const isGroup = item.length >= 2 && item.startsWith('(') && item.endsWith(')') && item.at(-2) !== '\\'
    if (!isGroup || depth === maxDepth) {
      parts.push({ text: item.replaceAll(/\\([()])/g, '$1'), weight })
      continue
    }
    const inner = item.slice(1, -1)
    const colon = inner.lastIndexOf(':')
    const explicit = colon > 0 ? parseWeight(inner.slice(colon + 1)) : null
    if (explicit === null) addParts(inner, weight * emphasis, depth + 1, parts)
    else addParts(inner.slice(0, colon), explicit, depth + 1, parts)
  }
}

/** Cuts a text before each outermost `(` and after the `)` that closes it. */
function splitGroups(text: string): string[] {
  const items: string[] = []
  let start = 0
  let level = 0
  const cut = (end: number) => {
    if (end > start) items.push(text.slice(start, end))
    start = end
  }
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (character === '\\' && (text[index + 1] === '(' || text[index + 1] === ')')) {
      index += 1
    } else if (character === '(') {
      if (level === 0) cut(index)
      level += 1
    } else if (character === ')') {
      // Below zero on purpose: a `)` too many also takes the next `(` out of play, as in ComfyUI.
      level -= 1
      if (level === 0) cut(index + 1)
    }
  }
  cut(text.length)
  return items
}

/** @returns null when it is no finite number; then the colon belongs to the text */
function parseWeight(text: string): number | null {
  if (!/^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}
