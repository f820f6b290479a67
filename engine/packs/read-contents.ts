/**
 * @file Reads what a pack's function gave back. Its code is not type-checked, so every part is looked at once, here; a
 * node that is not right is left out with a reason, and the others are taken. The nodes that come out call the pack's
 * own functions and make sure that what these hand to the engine can be sent.
 */
import { realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import * as z from 'zod'
import { roundLarge } from '#platform/exact-json'
import type { AnyNode, InputSpec, NodeContext, NodeResult, PreviewImage } from '../nodes/define.ts'
import { NodeError } from '../nodes/define.ts'
import type { FoundPack } from './find-packs.ts'
import { type NodeReplacement, replacementSchema } from './replacements.ts'

export interface LoadedPack {
  nodes: AnyNode[]
  /** Absolute, inside the pack; or null. */
  webDirectory: string | null
  replacements: NodeReplacement[]
  /** What was left out, in words. */
  problems: string[]
}

const isFunction = (value: unknown) => typeof value === 'function'
// biome-ignore lint/suspicious/noExplicitAny: functions of packs; what they give is looked at when they are called
const functionSchema = z.custom<(...values: any[]) => any>(isFunction, 'expected a function')

/** Options go to clients as JSON; a number that JSON does not know is left out rather than turned into null. */
const optionsSchema = z
  .record(z.string(), z.unknown())
  .transform((options): InputSpec['options'] =>
    JSON.parse(
      JSON.stringify(options, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? undefined : value)),
    ),
  )

const inputSchema = z.object({
  type: z.string().min(1),
  options: optionsSchema.default({}),
  choices: z.union([z.array(z.union([z.string(), z.number(), z.boolean()])), functionSchema]).optional(),
  optional: z.boolean().optional(),
})

const nodeSchema = z.object({
  classType: z.string().min(1).max(200),
  displayName: z.string().optional(),
  description: z.string().optional(),
  category: z.string(),
  inputs: z.record(z.string(), inputSchema),
  hidden: z
    .record(
      z.string(),
      z.enum(['PROMPT', 'EXTRA_PNGINFO', 'UNIQUE_ID', 'DYNPROMPT', 'AUTH_TOKEN_COMFY_ORG', 'API_KEY_COMFY_ORG']),
    )
    .optional(),
  outputs: z.array(
    z.object({
      type: z.string().min(1),
      name: z.string().optional(),
      isList: z.boolean().optional(),
      tooltip: z.string().optional(),
    }),
  ),
  isOutputNode: z.boolean().optional(),
  inputIsList: z.boolean().optional(),
  notIdempotent: z.boolean().optional(),
  hasIntermediateOutput: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  experimental: z.boolean().optional(),
  devOnly: z.boolean().optional(),
  apiNode: z.boolean().optional(),
  essentialsCategory: z.string().optional(),
  searchAliases: z.array(z.string()).optional(),
  changeMark: functionSchema.optional(),
  validate: z
    .object({
      names: z.union([z.literal('all'), z.array(z.string())]),
      wantsInputTypes: z.boolean().optional(),
      check: functionSchema,
    })
    .optional(),
  checkLazyStatus: functionSchema.optional(),
  isAsync: z.boolean().optional(),
  execute: functionSchema,
})

const packSchema = z.object({
  nodes: z.array(z.unknown()),
  displayNames: z.record(z.string(), z.string()).optional(),
  webDirectory: z.string().min(1).optional(),
  replacements: z.array(z.unknown()).optional(),
})

/** @throws Error in words when there is nothing to take */
export async function readContents(contents: unknown, pack: FoundPack): Promise<LoadedPack> {
  const parsed = packSchema.safeParse(Array.isArray(contents) ? { nodes: contents } : contents)
  if (!parsed.success) throw new Error(`The pack gave back no list of nodes: ${faultsOf(parsed.error)}`)
  const { nodes: given, displayNames = {}, webDirectory, replacements = [] } = parsed.data
  const problems: string[] = []

  const nodes = new Map<string, AnyNode>()
  for (const [index, value] of given.entries()) {
    const node = readNode(value, displayNames, `custom_nodes.${pack.name}`)
    if ('fault' in node) problems.push(`node ${node.name ?? `number ${index + 1}`}: ${node.fault}`)
    else if (nodes.has(node.classType)) problems.push(`node ${node.classType}: the pack has two nodes of that name`)
    else nodes.set(node.classType, node)
  }

  const taken: NodeReplacement[] = []
  for (const [index, value] of replacements.entries()) {
    const replacement = replacementSchema.safeParse(value)
    if (replacement.success) taken.push(replacement.data)
    else problems.push(`replacement number ${index + 1}: ${faultsOf(replacement.error)}`)
  }
  const web = webDirectory === undefined ? null : await insideOf(pack, webDirectory)
  if (webDirectory !== undefined && web === null) {
    problems.push(`webDirectory: ${JSON.stringify(webDirectory)} is no directory inside the pack`)
  }
  return { nodes: [...nodes.values()], webDirectory: web, replacements: taken, problems }
}

function readNode(
  value: unknown,
  displayNames: Record<string, string>,
  module: string,
): AnyNode | { name: string | null; fault: string } {
  let name: string | null = null
  try {
    const { classType } = (value ?? {}) as { classType?: unknown }
    name = typeof classType === 'string' && classType !== '' ? classType : null
    const node = nodeSchema.safeParse(value)
    if (!node.success) return { name, fault: faultsOf(node.error) }
    const displayName = Object.hasOwn(displayNames, node.data.classType)
      ? displayNames[node.data.classType]
      : node.data.displayName
    return guarded({ ...node.data, displayName }, value as AnyNode, module)
  } catch (error) {
    // Options that are no JSON, properties that throw when they are read.
    return { name, fault: String((error as Error)?.message ?? error).split('\n', 1)[0]! }
  }
}

/** The real path of a directory that lies inside the pack, or null. */
async function insideOf({ directory }: FoundPack, path: string): Promise<string | null> {
  if (directory === null) return null
  const real = await realpath(resolve(directory, path)).catch(() => null)
  if (real === null || !(real + sep).startsWith(directory + sep) || real === directory) return null
  return (await stat(real)).isDirectory() ? real : null
}

/** @param original - whose methods are called, so that they keep their `this` */
function guarded(node: z.infer<typeof nodeSchema>, original: AnyNode, module: string): AnyNode {
  const { validate } = original
  return {
    ...node,
    inputs: node.inputs as AnyNode['inputs'],
    module,
    ...(node.changeMark && { changeMark: (...given) => original.changeMark?.(...given) }),
    ...(node.validate && validate && { validate: { ...node.validate, check: (...given) => validate.check(...given) } }),
    ...(node.checkLazyStatus && {
      checkLazyStatus: async (inputs, context) => {
        const names = await original.checkLazyStatus?.(plainInputs(node, inputs), guardedContext(context))
        if (names === undefined || names === null) return []
        if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names
        throw new NodeError(`checkLazyStatus of ${node.classType} gave no list of input names`, 'TypeError')
      },
    }),
    execute: async (inputs, context) =>
      withPlainUi(await original.execute(plainInputs(node, inputs), guardedContext(context)), node.classType),
  }
}

/** What a node shows crosses processes and ends as JSON: whatever else is in it would stop the job's last word. */
function withPlainUi(result: NodeResult, classType: string): NodeResult {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return result
  const { ui } = result as { ui?: unknown }
  if (ui === undefined || ui === null) return result
  const plain: unknown = toJson(ui, classType)
  const isLists = typeof plain === 'object' && plain !== null && Object.values(plain).every(Array.isArray)
  if (!isLists) throw new NodeError(`Node class ${classType} shows something that is no object of lists`, 'TypeError')
  return { ...result, ui: plain as Record<string, unknown[]> }
}

function toJson(value: unknown, classType: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null')
  } catch (error) {
    const reason = (error as Error).message.split('\n', 1)[0]
    throw new NodeError(`Node class ${classType} shows something that is no JSON: ${reason}`, 'TypeError')
  }
}

/** Packs were written for numbers: what `JSON.stringify` refuses and arithmetic does not mix with is rounded for them. */
function plainInputs(
  { hidden = {} }: Pick<z.infer<typeof nodeSchema>, 'hidden'>,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  const rounded = Object.entries(inputs).map(([name, value]) => {
    const isJson = hidden[name] === 'PROMPT' || hidden[name] === 'EXTRA_PNGINFO'
    return [name, isJson || typeof value === 'bigint' ? roundLarge(value) : value]
  })
  return Object.fromEntries(rounded)
}

function guardedContext(context: NodeContext): NodeContext {
  return {
    ...context,
    prompt: roundLarge(context.prompt),
    extraPngInfo: roundLarge(context.extraPngInfo),
    progress: (value, max, preview) =>
      context.progress(Number(value), Number(max), preview === undefined ? undefined : requirePreview(preview)),
    sendText: (text) => context.sendText(String(text)),
    sendImage: (image) => context.sendImage(requirePreview(image)),
  }
}

function requirePreview(image: PreviewImage): PreviewImage {
  const { format, bytes } = (image ?? {}) as Partial<PreviewImage>
  if ((format === 'jpeg' || format === 'png') && bytes instanceof Uint8Array) return { format, bytes }
  throw new NodeError("A preview is { format: 'jpeg' or 'png', bytes: Uint8Array }", 'TypeError')
}

function faultsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ')
}
