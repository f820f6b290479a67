/**
 * @file A prompt (the graph in API format) as nodes and links. Prompts come from anybody's files: what has not the expected
 * form is left out. Pure.
 */

export interface GraphNode {
  id: string
  type: string
  /** as its author named it, else its type */
  title: string
  /** inputs with a value of their own */
  values: { name: string; value: unknown }[]
  /** inputs that another node gives */
  links: GraphLink[]
}

export interface GraphLink {
  input: string
  from: string
  /** index of the output that is taken */
  output: number
}

export function graphNodes(prompt: unknown): GraphNode[] {
  if (!isRecord(prompt)) return []
  return Object.entries(prompt).flatMap(([id, entry]): GraphNode[] => {
    if (!isRecord(entry) || typeof entry.class_type !== 'string') return []
    const inputs = isRecord(entry.inputs) ? Object.entries(entry.inputs) : []
    const title = isRecord(entry._meta) ? entry._meta.title : null
    return [
      {
        id,
        type: entry.class_type,
        title: typeof title === 'string' && title !== '' ? title : entry.class_type,
        values: inputs.filter(([, value]) => !isLink(value, prompt)).map(([name, value]) => ({ name, value })),
        links: inputs.flatMap(([input, value]) =>
          isLink(value, prompt) ? [{ input, from: String(value[0]), output: value[1] }] : [],
        ),
      },
    ]
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isLink = (value: unknown, prompt: Record<string, unknown>): value is [string | number, number] =>
  Array.isArray(value) &&
  value.length === 2 &&
  (typeof value[0] === 'string' || typeof value[0] === 'number') &&
  typeof value[1] === 'number' &&
  Object.hasOwn(prompt, String(value[0]))
