/**
 * @file Where each node of a graph is drawn. At the saved place when an editor saved one for every node, else in layers from
 * left to right: each node right of all it takes from, ordered so that links cross little (barycentre method). Pure.
 * @see Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system structures"
 */
import type { GraphNode } from './graph-nodes.ts'

export interface Place {
  x: number
  y: number
}

export interface LayoutOptions {
  width: number
  heightOf: (node: GraphNode) => number
  gapX: number
  gapY: number
}

/** Rounds of ordering, forth and back; more change nothing for graphs that people look at. */
const sweeps = 4

export function layeredLayout(nodes: readonly GraphNode[], options: LayoutOptions): Map<string, Place> {
  const layers = layersOf(nodes)
  orderLayers(layers, nodes)
  const places = new Map<string, Place>()
  const heights = layers.map((layer) =>
    layer.reduce((sum, node) => sum + options.heightOf(node) + options.gapY, -options.gapY),
  )
  const tallest = Math.max(0, ...heights)
  for (const [column, layer] of layers.entries()) {
    // Short layers stand in the middle of the tall ones.
    let y = (tallest - heights[column]!) / 2
    for (const node of layer) {
      places.set(node.id, { x: column * (options.width + options.gapX), y })
      y += options.heightOf(node) + options.gapY
    }
  }
  return places
}

/** A node's layer is the longest way to it from a node that takes nothing. A link that closes a ring is ignored. */
function layersOf(nodes: readonly GraphNode[]): GraphNode[][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const depths = new Map<string, number>()
  const open = new Set<string>()
  const depthOf = (id: string): number => {
    const known = depths.get(id)
    if (known !== undefined) return known
    const node = byId.get(id)
    if (node === undefined || open.has(id)) return -1
    open.add(id)
    const depth = 1 + Math.max(-1, ...node.links.map((link) => depthOf(link.from)))
    open.delete(id)
    depths.set(id, depth)
    return depth
  }
  const layers: GraphNode[][] = []
  for (const node of nodes) {
    const depth = depthOf(node.id)
    layers[depth] ??= []
    layers[depth].push(node)
  }
  return Array.from(layers, (layer) => layer ?? [])
}

/** Sorts each layer by the middle of its neighbours' places in the layer before, then in the one after, and again. */
function orderLayers(layers: GraphNode[][], nodes: readonly GraphNode[]): void {
  // Where several nodes give to one, the order of its inputs decides: each link aims a little lower than the one above it.
  type Aim = { id: string; lower: number }
  const before = new Map(nodes.map((node) => [node.id, node.links.map((link): Aim => ({ id: link.from, lower: 0 }))]))
  const after = new Map<string, Aim[]>(nodes.map((node) => [node.id, []]))
  for (const node of nodes) {
    for (const [row, link] of node.links.entries()) {
      after.get(link.from)?.push({ id: node.id, lower: row / (nodes.length * node.links.length * 2) })
    }
  }
  const place = new Map<string, number>()
  const note = (layer: readonly GraphNode[]) => {
    for (const [at, node] of layer.entries()) place.set(node.id, (at + 0.5) / layer.length)
  }
  for (const layer of layers) note(layer)
  const sort = (layer: GraphNode[], neighbours: ReadonlyMap<string, readonly Aim[]>) => {
    const middle = (node: GraphNode) => {
      const aims = neighbours.get(node.id) ?? []
      if (aims.length === 0) return place.get(node.id)!
      return aims.reduce((sum, aim) => sum + (place.get(aim.id) ?? 0) + aim.lower, 0) / aims.length
    }
    const middles = new Map(layer.map((node) => [node, middle(node)]))
    layer.sort((a, b) => middles.get(a)! - middles.get(b)!)
    note(layer)
  }
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const layer of layers) sort(layer, before)
    for (const layer of layers.toReversed()) sort(layer, after)
  }
}

/**
 * The places an editor saved with the graph (`extra_pnginfo.workflow`), by node id.
 * @param workflow - from anybody's file
 * @returns null unless there is one for every node
 */
export function savedPlaces(workflow: unknown, nodes: readonly GraphNode[]): Map<string, Place> | null {
  const saved = (workflow as { nodes?: unknown } | null | undefined)?.nodes
  if (!Array.isArray(saved) || nodes.length === 0) return null
  const places = new Map<string, Place>()
  for (const entry of saved as unknown[]) {
    const { id, pos } = Object(entry) as { id?: unknown; pos?: unknown }
    // Some versions write an array, some an object with the keys 0 and 1.
    const { 0: x, 1: y } = Object(pos) as { 0?: unknown; 1?: unknown }
    if (Number.isFinite(x) && Number.isFinite(y)) places.set(String(id), { x: x as number, y: y as number })
  }
  return nodes.every((node) => places.has(node.id)) ? places : null
}
