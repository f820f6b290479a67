/**
 * @file The results of one run, by node id: those found in the cache and those made. Decides what may be reused and
 * what is kept for later runs.
 */
import { randomUUID } from 'node:crypto'
import type { UiOutput } from '#contracts/comfy/messages'
import type { NodeOutput, ResultCache } from './cache.ts'
import { createSignatures } from './cache-key.ts'
import type { ChangeMarks } from './change-marks.ts'
import type { DynamicPrompt, GraphNode } from './dynamic-prompt.ts'

export interface RunResults {
  get(id: string): NodeOutput | undefined
  has(id: string): boolean
  ids(): string[]
  /** Tells the cache which submitted nodes this run has. */
  begin(submitted: readonly GraphNode[]): void
  /** Looks a node up in the cache and takes what is there, unless files that it shows are gone. */
  findCached(node: GraphNode): Promise<NodeOutput | undefined>
  /** The node was executed. */
  add(node: GraphNode, output: NodeOutput): void
  /** The node, and all that expanded to it, contain output nodes: reusing their results would lose those outputs. */
  containsOutputs(node: GraphNode): void
}

export interface RunResultsOptions {
  graph: DynamicPrompt
  cache: ResultCache
  marks: ChangeMarks
  /** The job whose output nodes must run, or null. */
  outputsBelongTo: string | null
  uiFilesExist: (ui: UiOutput) => Promise<boolean>
}

export function createRunResults({
  graph,
  cache,
  marks,
  outputsBelongTo,
  uiFilesExist,
}: RunResultsOptions): RunResults {
  const results = new Map<string, NodeOutput>()
  const notReusable = new Set<string>()
  const runId = randomUUID()
  let uniques = 0
  const jobOf = (node: GraphNode) => (node.definition.isOutputNode === true ? outputsBelongTo : null)
  const signatures = createSignatures({
    graph,
    changeMark: (id) => marks.get(id),
    runMark: jobOf,
    unique: () => {
      uniques += 1
      return `${runId}:${uniques}`
    },
  })

  return {
    get: (id) => results.get(id),
    has: (id) => results.has(id),
    ids: () => [...results.keys()],
    begin: (submitted) => cache.beginRun(new Set(submitted.map((node) => signatures.of(node.id)))),
    async findCached(node) {
      const signature = signatures.of(node.id)
      const found = cache.get(signature)
      if (found === undefined) return undefined
      if (found.ui !== null && !(await uiFilesExist(found.ui))) {
        cache.delete(signature)
        return undefined
      }
      results.set(node.id, found)
      return found
    },
    add(node, output) {
      results.set(node.id, output)
      if (jobOf(node) !== null || notReusable.has(node.id)) return
      cache.set(signatures.of(node.id), signatures.of(node.realId), output)
    },
    containsOutputs(node) {
      for (let id: string | null = node.id; id !== null; id = graph.get(id)?.parentId ?? null) notReusable.add(id)
    },
  }
}
