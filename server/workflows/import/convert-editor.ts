/**
 * @file From the editor's document (nodes with positions and lists of control values) to a graph in API format, with the
 * node declarations of this engine. Either every value is placed with certainty or the document is refused with the
 * reason: a workflow that runs with swapped values would be worse than none. Pure.
 */
import { choicesOf, type DeclaredInput, isSeed, isWidget, type NodeInfo, type NodeInfos } from './node-infos.ts'
import { type ApiGraph, isObject, refuse } from './parse-graph.ts'

const maxNodes = 2000
/** What people can do instead. */
const advice = 'Open it in ComfyUI, choose “Export (API)”, and drop that file.'
/** Nodes of the editor that are not executed. */
const notes = new Set(['Note', 'MarkdownNote'])

interface EditorNode {
  id: string
  type: string
  title: string
  /** 2: muted, 4: bypassed */
  mode: number
  inputs: { name: string; type: string; link: number | null }[]
  outputs: { type: string }[]
  values: unknown[] | Record<string, unknown>
}

interface EditorLink {
  node: string
  slot: number
}

export function looksLikeEditorDocument(value: unknown): value is { nodes: unknown[]; links: unknown[] } {
  return isObject(value) && Array.isArray(value.nodes) && Array.isArray(value.links)
}

/** @throws StudioError `invalid_request` with the reason and what to do */
export function convertEditorDocument(document: { nodes: unknown[]; links: unknown[] }, infos: NodeInfos): ApiGraph {
  const definitions = (document as { definitions?: unknown }).definitions
  if (isObject(definitions) && Array.isArray(definitions.subgraphs) && definitions.subgraphs.length > 0) {
    throw refuse(`The workflow uses subgraphs, which only ComfyUI itself can unfold. ${advice}`)
  }
  if (document.nodes.length > maxNodes) throw refuse(`The workflow has more than ${maxNodes} nodes`)
  const nodes = new Map(document.nodes.map(parseNode).map((node) => [node.id, node]))
  const links = new Map(document.links.map(parseLink))

  const executed = [...nodes.values()].filter(
    ({ type, mode }) => mode !== 2 && mode !== 4 && !notes.has(type) && type !== 'Reroute' && type !== 'PrimitiveNode',
  )
  const unknown = [...new Set(executed.filter(({ type }) => !infos.has(type)).map(({ type }) => type))]
  if (unknown.length > 0) {
    const names = unknown.slice(0, 10).join(', ')
    throw refuse(`The workflow uses nodes that this pod does not have, so it cannot be read: ${names}. ${advice}`)
  }
  const graph: ApiGraph = {}
  for (const node of executed) {
    const info = infos.get(node.type)!
    const inputs: Record<string, unknown> = valuesOf(node, info)
    for (const { name, link } of node.inputs) {
      if (link === null) continue
      const source = resolve(link, nodes, links)
      if (source === null) continue
      inputs[name] = 'value' in source ? source.value : [source.node, source.slot]
    }
    graph[node.id] = { class_type: node.type, inputs, ...(node.title ? { _meta: { title: node.title } } : {}) }
  }
  return graph
}

/** Values of the node's own controls, by input name. */
function valuesOf(node: EditorNode, info: NodeInfo): Record<string, unknown> {
  const widgets = info.inputs.filter(isWidget)
  const values: Record<string, unknown> = {}
  const place = (input: DeclaredInput, value: unknown) => {
    if (!fits(input, value)) throw unreadable(node, `“${input.name}” holds something else than it takes`)
    values[input.name] = value
  }
  if (!Array.isArray(node.values)) {
    for (const input of widgets) if (Object.hasOwn(node.values, input.name)) place(input, node.values[input.name])
    return values
  }
  const list = [...node.values]
  for (const input of widgets) {
    if (list.length === 0) {
      if (input.options.default !== undefined) place(input, input.options.default)
      continue
    }
    place(input, list.shift())
    // The editor keeps what happens to a seed after a run as a control of its own behind it.
    if (isSeed(input) && typeof list[0] === 'string' && /^(fixed|increment|decrement|randomize)/.test(list[0]))
      list.shift()
  }
  // The upload button of a picture or video leaves a value too.
  const uploads = widgets.filter(({ options }) => options.image_upload === true || options.video_upload === true).length
  if (list.length > uploads)
    throw unreadable(node, 'it has more values than this pod’s version of the node has controls')
  return values
}

function fits(input: DeclaredInput, value: unknown): boolean {
  if (choicesOf(input) !== null) return ['string', 'number', 'boolean'].includes(typeof value)
  switch (input.type) {
    case 'INT':
      return typeof value === 'number' && Number.isInteger(value)
    case 'FLOAT':
      return typeof value === 'number'
    case 'BOOLEAN':
      return typeof value === 'boolean'
    default:
      return typeof value === 'string'
  }
}

const unreadable = (node: EditorNode, why: string) =>
  refuse(`“${node.title || node.type}” cannot be read with certainty: ${why}. ${advice}`)

type Source = { node: string; slot: number } | { value: unknown }

/** Follows a link through reroutes, bypassed nodes and primitives; null when it ends at a muted node or nowhere. */
function resolve(
  link: number,
  nodes: ReadonlyMap<string, EditorNode>,
  links: ReadonlyMap<number, EditorLink>,
): Source | null {
  let current = links.get(link)
  for (let steps = 0; current && steps < maxNodes; steps++) {
    const node = nodes.get(current.node)
    if (!node || node.mode === 2) return null
    if (node.type === 'PrimitiveNode') {
      return Array.isArray(node.values) && node.values.length > 0 ? { value: node.values[0] } : null
    }
    if (node.type !== 'Reroute' && node.mode !== 4) return current
    const type = node.outputs[current.slot]?.type
    // A bypassed node hands on what it gets: the input of the same place if it is of that type, else the first that is.
    const through =
      node.type === 'Reroute'
        ? node.inputs[0]
        : [node.inputs[current.slot], ...node.inputs].find((input) => input?.type === type && input?.link !== null)
    current = through?.link == null ? undefined : links.get(through.link)
  }
  return null
}

function parseNode(node: unknown): EditorNode {
  if (!isObject(node) || typeof node.type !== 'string' || !['string', 'number'].includes(typeof node.id)) {
    throw refuse(`A node of the workflow cannot be read. ${advice}`)
  }
  const slots = (list: unknown) => (Array.isArray(list) ? list.filter(isObject) : [])
  return {
    id: String(node.id),
    type: node.type,
    title: typeof node.title === 'string' ? node.title : '',
    mode: typeof node.mode === 'number' ? node.mode : 0,
    inputs: slots(node.inputs).map((slot) => ({
      name: String(slot.name),
      type: String(slot.type),
      link: typeof slot.link === 'number' ? slot.link : null,
    })),
    outputs: slots(node.outputs).map((slot) => ({ type: String(slot.type) })),
    values: Array.isArray(node.widgets_values) || isObject(node.widgets_values) ? node.widgets_values : [],
  }
}

/** `[id, from node, from slot, to node, to slot, type]`, or the same as an object in newer documents. */
function parseLink(link: unknown): [number, EditorLink] {
  const [id, node, slot] = Array.isArray(link)
    ? link
    : isObject(link)
      ? [link.id, link.origin_id, link.origin_slot]
      : []
  if (typeof id !== 'number' || !['string', 'number'].includes(typeof node) || typeof slot !== 'number') {
    throw refuse(`A connection of the workflow cannot be read. ${advice}`)
  }
  return [id, { node: String(node), slot }]
}
