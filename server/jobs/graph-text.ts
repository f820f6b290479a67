/** @file What a graph says in words: prompts, names of models and files, seeds. For searching; the graph itself is not kept. */

/** Per job; prompts are short, and what is longer is a file somebody pasted. */
const maxCharacters = 8000

/** @param prompt - API format: node id → `{class_type, inputs}` @returns lower case */
export function graphTextOf(prompt: Record<string, unknown>): string {
  const words = new Set<string>()
  let length = 0
  for (const node of Object.values(prompt)) {
    const inputs = (node as { inputs?: unknown } | null)?.inputs
    if (typeof inputs !== 'object' || inputs === null) continue
    for (const [name, value] of Object.entries(inputs)) {
      const text = typeof value === 'number' && name.includes('seed') ? String(value) : value
      if (typeof text !== 'string' || words.has(text)) continue
      if (length + text.length > maxCharacters) return join(words)
      words.add(text)
      length += text.length
    }
  }
  return join(words)
}

const join = (words: ReadonlySet<string>) => [...words].join('\n').toLowerCase()
