/**
 * @file What the engine says of its nodes (`object_info`), as far as reading a workflow needs it. Custom nodes write what
 * they like into their declarations, so a part that is not understood is left out and never fails the whole.
 */
import * as z from 'zod'

const options = z.record(z.string(), z.unknown()).catch({})
const declaredInput = z
  .tuple([z.union([z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))])], z.unknown())
  .transform(([type, first]) => ({ type, options: options.parse(first ?? {}) }))
const inputGroup = z
  .record(z.string(), z.unknown())
  .catch({})
  .transform((group) =>
    Object.entries(group).flatMap(([name, declared]) => {
      const parsed = declaredInput.safeParse(declared)
      return parsed.success ? [{ name, ...parsed.data }] : []
    }),
  )

const nodeInfoSchema = z
  .object({
    input: z.object({ required: inputGroup.optional(), optional: inputGroup.optional() }).catch({}),
    output: z.array(z.unknown()).catch([]),
    output_node: z.boolean().catch(false),
    display_name: z.string().catch(''),
  })
  .transform(({ input, output, output_node, display_name }) => ({
    inputs: [...(input.required ?? []), ...(input.optional ?? [])],
    outputs: output.map(String),
    isOutput: output_node,
    displayName: display_name,
  }))

export type NodeInfo = z.infer<typeof nodeInfoSchema>
export type DeclaredInput = NodeInfo['inputs'][number]
export type NodeInfos = ReadonlyMap<string, NodeInfo>

/** @param objectInfo - the answer to `GET /object_info` */
export function parseNodeInfos(objectInfo: Record<string, unknown>): NodeInfos {
  return new Map(
    Object.entries(objectInfo).flatMap(([name, info]) => {
      const parsed = nodeInfoSchema.safeParse(info)
      return parsed.success ? [[name, parsed.data] as const] : []
    }),
  )
}

/** The choices of a combo in either spelling, or null when the input is none. */
export function choicesOf({ type, options }: DeclaredInput): readonly (string | number | boolean)[] | null {
  if (Array.isArray(type)) return type
  if (type !== 'COMBO') return null
  return Array.isArray(options.options) ? (options.options as (string | number | boolean)[]) : []
}

const widgetTypes = new Set(['INT', 'FLOAT', 'STRING', 'BOOLEAN'])

/** Whether the editor gives the input a control of its own; others can only be connected. */
export function isWidget(input: DeclaredInput): boolean {
  if (input.options.forceInput === true) return false
  return choicesOf(input) !== null || widgetTypes.has(String(input.type))
}

/** Whether the input is a seed: named as one, or drawn anew by the editor after each run. */
export function isSeed({ name, type, options }: DeclaredInput): boolean {
  return type === 'INT' && (name === 'seed' || name === 'noise_seed' || options.control_after_generate === true)
}
