/**
 * @file Which inputs of a graph become fields of a form, by rule. Pure.
 *
 * 1. Only nodes that a result depends on count, and of them only inputs whose value is written in the graph; an input
 *    that another node feeds is not a person's to set.
 * 2. The declaration decides the kind: a list of uploaded pictures or videos becomes a picture or video field, a list of
 *    model files a model field, another list a choice; INT, FLOAT, STRING and BOOLEAN what they say; a seed (by name, or
 *    marked to change after each run) a seed field. Anything else stays as the graph has it.
 * 3. The label is the node's title; with several fields the input's name in plain words follows. A text that feeds a
 *    sampler's `positive` or `negative` is the prompt or the negative prompt.
 * 4. Prompts come first, then pictures, seed, size and the sampler's settings. What is left is under "More".
 */
import type { WorkflowInput } from '#contracts/workflows'
import { maxSeed } from '../../jobs/workflow-inputs.ts'
import { modelFolderOf } from './model-folders.ts'
import { choicesOf, type DeclaredInput, isSeed, type NodeInfos } from './node-infos.ts'
import { type ApiGraph, isLink, titleOf } from './parse-graph.ts'

export interface Exposed {
  inputs: WorkflowInput[]
  models: { folder: string; file: string }[]
  /** What was left out or changed, in words. */
  notes: string[]
}

const maxFields = 200
const maxChoices = 5000
/** With fewer fields than this nothing needs to be folded away. */
const fewFields = 7

interface Candidate {
  node: string
  declared: DeclaredInput
  value: unknown
  /** Lower comes first; from {@link foldedFrom} on it is under "More". */
  rank: number
}

const foldedFrom = 50

/** Inputs a person changes from run to run, in the order of the form; everything unnamed is under "More". */
const ranks: Record<string, number> = {
  seed: 20,
  noise_seed: 20,
  width: 30,
  height: 31,
  length: 32,
  batch_size: 33,
  scale_by: 34,
  fps: 35,
  steps: 40,
  cfg: 41,
  guidance: 42,
  denoise: 43,
}

/** Names of inputs in plain words, where replacing `_` is not enough. */
const words: Record<string, string> = {
  cfg: 'guidance (CFG)',
  fps: 'frames per second',
  batch_size: 'how many at once',
  scale_by: 'scale factor',
  noise_seed: 'seed',
  ckpt_name: 'model',
  unet_name: 'model',
  model_name: 'model',
  vae_name: 'VAE',
  lora_name: 'LoRA',
  filename_prefix: 'file name',
}

export function exposeInputs(graph: ApiGraph, infos: NodeInfos): Exposed {
  const notes: string[] = []
  const models: Exposed['models'] = []
  const roles = promptRoles(graph)
  const found = candidatesOf(graph, infos, roles).sort((a, b) => a.rank - b.rank)
  if (found.length > maxFields) notes.push(`Only the first ${maxFields} of ${found.length} settings are shown.`)
  const kept = found.slice(0, maxFields)
  const label = labelsFor(graph, infos, kept, roles)
  const folds = kept.length > fewFields
  const inputs = kept.flatMap((candidate, index): WorkflowInput[] => {
    const { node, declared, rank } = candidate
    const frame = {
      id: idOf(node, declared.name, index),
      label: label(candidate),
      ...(typeof declared.options.tooltip === 'string' ? { help: declared.options.tooltip.slice(0, 300) } : {}),
      ...(rank >= foldedFrom && (folds || declared.name === 'filename_prefix') ? { advanced: true } : {}),
      targets: [{ node, input: declared.name }],
    }
    const field = fieldOf(candidate, graph[node]!.class_type, frame, notes)
    if (field?.type === 'model' && field.default) models.push({ folder: field.folder, file: field.default })
    return field ? [field] : []
  })
  return { inputs, models, notes }
}

type Frame = Pick<WorkflowInput, 'id' | 'label' | 'targets'>

function fieldOf(
  { declared, value }: Candidate,
  classType: string,
  frame: Frame,
  notes: string[],
): WorkflowInput | null {
  const { type, options } = declared
  const choices = choicesOf(declared)
  if (choices !== null) return choiceField(declared, value, choices, classType, frame)
  if (isSeed(declared)) {
    const exact = Number.isSafeInteger(value) && (value as number) >= 0
    if (!exact) notes.push(`${frame.label}: the seed is too large to be kept exactly; each run draws a new one.`)
    return { ...frame, type: 'seed', ...(exact ? { default: value as number } : {}) }
  }
  if (type === 'STRING' && typeof value === 'string') {
    return { ...frame, type: 'text', multiline: options.multiline === true, default: value }
  }
  if (type === 'BOOLEAN' && typeof value === 'boolean') return { ...frame, type: 'boolean', default: value }
  if ((type === 'INT' || type === 'FLOAT') && typeof value === 'number' && Number.isFinite(value)) {
    return numberField(type, value, options, frame, notes)
  }
  return null
}

function numberField(
  type: 'INT' | 'FLOAT',
  value: number,
  options: Record<string, unknown>,
  frame: Frame,
  notes: string[],
): WorkflowInput {
  const bound = (name: 'min' | 'max', otherwise: number) => {
    const given = options[name]
    return typeof given === 'number' && Number.isFinite(given)
      ? Math.min(maxSeed, Math.max(-maxSeed, given))
      : otherwise
  }
  const whole = type === 'INT'
  const min = whole ? Math.ceil(bound('min', 0)) : bound('min', 0)
  const max = Math.max(min, whole ? Math.floor(bound('max', 10_000)) : bound('max', 10_000))
  const fit = Math.min(max, Math.max(min, whole ? Math.round(value) : value))
  if (fit !== value) notes.push(`${frame.label}: ${value} is outside of what the node takes; it is set to ${fit}.`)
  const step = typeof options.step === 'number' && options.step > 0 ? options.step : undefined
  if (whole) {
    return {
      ...frame,
      type: 'int',
      default: fit,
      min,
      max,
      ...(step === undefined ? {} : { step: Math.max(1, Math.round(step)) }),
    }
  }
  return { ...frame, type: 'float', default: fit, min, max, ...(step === undefined ? {} : { step }) }
}

function choiceField(
  declared: DeclaredInput,
  value: unknown,
  choices: readonly (string | number | boolean)[],
  classType: string,
  frame: Frame,
): WorkflowInput | null {
  const { options } = declared
  if (options.image_upload === true || options.video_upload === true) {
    if (typeof value !== 'string') return null
    // A name that this pod does not have would only be refused later: the field starts empty.
    const there = choices.includes(value) || / \[(output|input)\]$/.test(value)
    const type = options.image_upload === true ? 'image' : 'video'
    return { ...frame, type, required: true, ...(there ? { default: value } : {}) }
  }
  const folder = modelFolderOf(classType, declared.name)
  if (folder !== null && typeof value === 'string') return { ...frame, type: 'model', folder, default: value }
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const listed = choices.slice(0, maxChoices).filter((choice) => typeof choice !== 'boolean')
  const shown = listed.map((choice) => ({ value: choice as string | number, label: String(choice) }))
  if (!listed.includes(value)) shown.unshift({ value, label: `${value} (not on this pod)` })
  return { ...frame, type: 'select', default: value, options: shown }
}

function candidatesOf(graph: ApiGraph, infos: NodeInfos, roles: ReadonlyMap<string, PromptRole>): Candidate[] {
  const found: Candidate[] = []
  for (const node of neededNodes(graph, infos)) {
    const { class_type: classType, inputs } = graph[node]!
    for (const declared of infos.get(classType)?.inputs ?? []) {
      if (!Object.hasOwn(inputs, declared.name)) continue
      const value = inputs[declared.name]
      if (Array.isArray(value) || value === null || typeof value === 'object') continue
      found.push({ node, declared, value, rank: rankOf(declared, value, roles.get(node)) })
    }
  }
  return found
}

function rankOf(declared: DeclaredInput, value: unknown, role: PromptRole | undefined): number {
  const { options, type, name } = declared
  if (type === 'STRING' && role !== undefined && typeof value === 'string') return role === 'positive' ? 0 : 1
  if (type === 'STRING' && options.multiline === true) return 2
  if (options.image_upload === true) return 10
  if (options.video_upload === true) return 11
  if (isSeed(declared)) return ranks.seed!
  return ranks[name] ?? foldedFrom
}

/** Ids of the nodes that a result depends on, sources before what they feed. */
export function neededNodes(graph: ApiGraph, infos: NodeInfos): string[] {
  const seen = new Set<string>()
  const order: string[] = []
  const stack = Object.keys(graph)
    .filter((id) => infos.get(graph[id]!.class_type)?.isOutput)
    .reverse()
    .map((id) => ({ id, left: false }))
  while (stack.length > 0) {
    const { id, left } = stack.pop()!
    if (left) order.push(id)
    else if (!seen.has(id)) {
      seen.add(id)
      stack.push({ id, left: true })
      const sources = Object.values(graph[id]!.inputs).filter(isLink)
      for (const [source] of sources.reverse()) if (!seen.has(source)) stack.push({ id: source, left: false })
    }
  }
  return order
}

type PromptRole = 'positive' | 'negative'

/** Texts by what they are for: nodes upstream of an input named `positive` or `negative` that hold a text themselves. */
function promptRoles(graph: ApiGraph): Map<string, PromptRole> {
  const roles = new Map<string, PromptRole>()
  const both = new Set<string>()
  const seen = new Set<string>()
  const mark = (id: string, role: PromptRole, depth: number) => {
    const node = graph[id]
    if (!node || depth > 8 || seen.has(`${role} ${id}`)) return
    seen.add(`${role} ${id}`)
    if (Object.entries(node.inputs).some(([name, value]) => name.startsWith('text') && typeof value === 'string')) {
      const known = roles.get(id)
      if (known !== undefined && known !== role) both.add(id)
      roles.set(id, role)
      return
    }
    for (const [name, value] of Object.entries(node.inputs)) {
      if (isLink(value) && (name === role || !/^(positive|negative)$/.test(name))) mark(value[0], role, depth + 1)
    }
  }
  for (const { inputs } of Object.values(graph)) {
    for (const role of ['positive', 'negative'] as const) {
      const source = inputs[role]
      if (isLink(source)) mark(source[0], role, 0)
    }
  }
  for (const id of both) roles.delete(id)
  return roles
}

function labelsFor(
  graph: ApiGraph,
  infos: NodeInfos,
  candidates: readonly Candidate[],
  roles: ReadonlyMap<string, PromptRole>,
): (candidate: Candidate) => string {
  const perNode = new Map<string, number>()
  for (const { node } of candidates) perNode.set(node, (perNode.get(node) ?? 0) + 1)
  const used = new Map<string, number>()
  return ({ node, declared }) => {
    const title = graph[node]!._meta?.title || infos.get(graph[node]!.class_type)?.displayName || titleOf(graph, node)
    const word = Object.hasOwn(words, declared.name) ? words[declared.name]! : declared.name.replaceAll('_', ' ')
    const role = declared.type === 'STRING' ? roles.get(node) : undefined
    const plain =
      role !== undefined
        ? role === 'positive'
          ? 'Prompt'
          : 'Negative prompt'
        : isSeed(declared)
          ? 'Seed'
          : perNode.get(node) === 1
            ? title
            : `${title}: ${word}`
    const count = (used.get(plain) ?? 0) + 1
    used.set(plain, count)
    return count === 1 ? plain : `${plain} ${count}`
  }
}

/** Letters, digits and `_`, begins with a letter, and no two alike. */
function idOf(node: string, input: string, index: number): string {
  const plain = `${input}_${node}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 60)
  return `${plain || 'input'}_${index + 1}`
}
