/**
 * @file Runs a validated prompt: looks up what is cached, runs what is ready, and tells what happens in the order
 * ComfyUI's clients expect. Everything it needs is handed in; how a process hosts a run is `engine/runner/`.
 */
import { randomUUID } from 'node:crypto'
import type { NodeMeta, RunMessage, UiOutput } from '#contracts/comfy/messages'
import type { Prompt } from '#contracts/comfy/prompt'
import { InterruptedError } from '../nodes/define.ts'
import type { NodeRegistry } from '../nodes/registry.ts'
import type { RunOutcome } from '../runner/messages.ts'
import type { NodeOutput, ResultCache } from './cache.ts'
import { createSignatures } from './cache-key.ts'
import { askLazyInputs, type CallResult, callNode } from './call-node.ts'
import { createChangeMarks } from './change-marks.ts'
import { createDynamicPrompt, dependencyOf, type GraphNode, metaOf } from './dynamic-prompt.ts'
import { describeFailure, describeInputs } from './execution-error.ts'
import { addExpansions, type PendingExpansion, resolveExpansion } from './expansion.ts'
import { gatherInputs } from './gather-inputs.ts'
import type { ExecutionHost } from './host.ts'
import { mergeOutputs, mergeUi } from './merge-results.ts'
import { createNodeContext } from './node-context.ts'
import { createExecutionOrder } from './order.ts'
import { createProgressState } from './progress-state.ts'
import { attempt, RunFailure, settleWithin, toRunFailure } from './run-failure.ts'

/** How long a run that ended early waits for its async nodes to notice, in milliseconds. */
const asyncGraceMs = 5000

export interface ExecutionRequest {
  promptId: string
  /** Validated: classes are known, literals converted. */
  prompt: Prompt
  outputsToExecute: readonly string[]
  extraPngInfo: Record<string, unknown>
  /**
   * The job's name when its output nodes must always run, so that every job has its own files; null when cached output
   * nodes may be reused.
   */
  outputsBelongTo: string | null
  /** Whether previews of work in progress are wanted. */
  previews: boolean
  registry: NodeRegistry
  cache: ResultCache
  host: ExecutionHost
  /** Interrupts the run: noticed between nodes, between the items of a list, and at each progress report. */
  signal: AbortSignal
  /** Milliseconds, any origin. */
  now: () => number
  /** Whether every file that a cached UI output names still exists. */
  uiFilesExist: (ui: UiOutput) => Promise<boolean>
}

/** @throws never for what a node does; only when the host itself fails */
export async function executePrompt(request: ExecutionRequest): Promise<RunOutcome> {
  const { host, cache, outputsBelongTo } = request
  const send = (message: RunMessage) => host.send(message)
  send({ type: 'execution_start', data: {} })

  const graph = createDynamicPrompt(request.prompt, request.registry)
  const marks = createChangeMarks(host.environment)
  const runId = randomUUID()
  let uniques = 0
  const signatures = createSignatures({
    graph,
    changeMark: (id) => marks.get(id),
    runMark: (node) => (node.definition.isOutputNode === true ? outputsBelongTo : null),
    unique: () => `${runId}:${uniques++}`,
  })
  const progress = createProgressState(send, request.now)
  /** Results by node id: found in the cache, or made in this run. */
  const results = new Map<string, NodeOutput>()
  const order = createExecutionOrder(graph, (id) => results.has(id))
  const executed = new Set<string>()
  const outputs = new Map<string, UiOutput>()
  const meta = new Map<string, NodeMeta>()
  /** Nodes that expanded to a graph with output nodes in it: reusing their result would lose those outputs. */
  const uncacheable = new Set<string>()

  const stop = new AbortController()
  const onInterrupt = () => stop.abort(new InterruptedError('The job was interrupted'))
  request.signal.addEventListener('abort', onInterrupt, { once: true })
  if (request.signal.aborted) onInterrupt()

  const expansions = new Map<string, PendingExpansion>()
  const settled = new Map<string, { calls: CallResult[] } | { error: unknown }>()
  const running = new Map<string, Promise<void>>()
  let wake: () => void = () => undefined
  stop.signal.addEventListener('abort', () => wake(), { once: true })

  let executedPrompt = request.prompt
  const contextOf = (node: GraphNode) =>
    createNodeContext(node, {
      host,
      promptId: request.promptId,
      prompt: executedPrompt,
      extraPngInfo: request.extraPngInfo,
      progress,
      signal: stop.signal,
      previews: request.previews,
    })
  const hidden = () => ({ prompt: executedPrompt, dynamicPrompt: graph, extraPngInfo: request.extraPngInfo })

  // ------------------------------------------------------------ cache

  /** The cached result of a node, unless files it shows are gone. */
  async function findCached(node: GraphNode): Promise<NodeOutput | undefined> {
    const signature = signatures.of(node.id)
    const found = cache.get(signature)
    if (found?.ui == null || (await request.uiFilesExist(found.ui))) return found
    cache.delete(signature)
    return undefined
  }

  function remember(node: GraphNode, output: NodeOutput): void {
    results.set(node.id, output)
    const belongsToJob = outputsBelongTo !== null && node.definition.isOutputNode === true
    if (belongsToJob || uncacheable.has(node.id)) return
    cache.set(signatures.of(node.id), signatures.of(node.realId), output)
  }

  function show(node: GraphNode, ui: UiOutput): void {
    outputs.set(node.id, ui)
    meta.set(node.id, metaOf(node))
  }

  function sendExecuted(node: GraphNode, ui: UiOutput | null): void {
    send({ type: 'executed', data: { node: node.id, display_node: node.displayId, output: ui } })
  }

  /** A planned node turned out to have its result already. */
  function reuse(node: GraphNode, cached: NodeOutput): void {
    results.set(node.id, cached)
    if (node.definition.isOutputNode === true || cached.ui !== null) sendExecuted(node, cached.ui)
    if (cached.ui !== null) show(node, cached.ui)
    progress.finish(node)
    order.complete(node.id)
  }

  // ------------------------------------------------------------ one node

  async function runNode(node: GraphNode): Promise<void> {
    const expansion = expansions.get(node.id)
    if (expansion !== undefined) {
      const values = attempt(node, () => resolveExpansion(node, expansion, (id) => results.get(id)))
      return finish(node, values, expansion.ui)
    }
    const outcome = settled.get(node.id)
    if (outcome !== undefined) {
      if ('error' in outcome) throw outcome.error
      return accept(node, outcome.calls)
    }

    const twin = await findCached(node)
    if (twin !== undefined) return reuse(node, twin)

    await host.breathe()
    if (stop.signal.aborted) throw new RunFailure(node, null, stop.signal.reason)
    progress.start(node)
    const inputs = attempt(node, () => gatherInputs(node, (id) => results.get(id), hidden()))
    send({ type: 'executing', data: { node: node.id, display_node: node.displayId } })

    let calls: Promise<CallResult[]>
    try {
      const context = contextOf(node)
      const needed = await askLazyInputs(node, inputs, context)
      for (const name of needed) order.require(dependencyOf(node, name)![0], node.id)
      if (needed.length > 0) return
      calls = callNode(node, inputs, {
        context,
        breathe: () => host.breathe(),
        onBlocked: (message) => sendBlocked(node, message),
      })
    } catch (error) {
      throw new RunFailure(node, inputs, error)
    }

    if (node.definition.isAsync === true) {
      order.hold(node.id)
      const settle = (result: { calls: CallResult[] } | { error: unknown }) => {
        settled.set(node.id, result)
        running.delete(node.id)
        order.release(node.id)
        wake()
      }
      running.set(
        node.id,
        calls.then(
          (done) => settle({ calls: done }),
          (error) => settle({ error: new RunFailure(node, inputs, error) }),
        ),
      )
      return
    }
    try {
      await calls
    } catch (error) {
      throw new RunFailure(node, inputs, error)
    }
    await accept(node, await calls)
  }

  /** Takes what a node's calls gave: values, or graphs that must run first. */
  async function accept(node: GraphNode, calls: CallResult[]): Promise<void> {
    if (calls.every((call) => call.expansion === null)) return finish(node, mergeOutputs(node, calls), calls)

    const expansion = attempt(node, () => addExpansions(node, calls, graph))
    expansions.set(node.id, expansion)
    await marks.compute(expansion.added)
    for (const added of expansion.added) {
      const cached = await findCached(added)
      if (cached === undefined) continue
      results.set(added.id, cached)
      if (added.definition.isOutputNode === true) reuse(added, cached)
    }
    attempt(node, () => {
      for (const added of expansion.added) {
        if (added.definition.isOutputNode !== true) continue
        for (let id: string | null = node.id; id !== null; id = graph.get(id)?.parentId ?? null) uncacheable.add(id)
        if (!results.has(added.id)) order.plan(added.id)
      }
      for (const [source] of expansion.links) order.require(source, node.id)
    })
  }

  function finish(node: GraphNode, values: unknown[][], calls: readonly CallResult[]): void {
    const ui = mergeUi(calls)
    if (ui !== null) {
      show(node, ui)
      sendExecuted(node, ui)
    }
    remember(node, { outputs: values, ui })
    progress.finish(node)
    executed.add(node.id)
    order.complete(node.id)
  }

  function sendBlocked(node: GraphNode, message: string): void {
    send({
      type: 'execution_error',
      data: {
        node_id: node.id,
        node_type: node.classType,
        executed: [...executed],
        exception_message: `Execution Blocked: ${message}`,
        exception_type: 'ExecutionBlocked',
        traceback: [],
        current_inputs: {},
        current_outputs: [],
      },
    })
  }

  // ------------------------------------------------------------ the run

  async function run(): Promise<void> {
    await marks.compute([...graph.ids()].map((id) => graph.require(id)))
    executedPrompt = marks.addTo(request.prompt)
    const submitted = [...graph.ids()]
    cache.beginRun(new Set(submitted.map((id) => signatures.of(id))))
    for (const id of submitted) {
      const cached = await findCached(graph.require(id))
      if (cached !== undefined) results.set(id, cached)
    }
    const cachedIds = [...results.keys()]
    send({ type: 'execution_cached', data: { nodes: cachedIds } })

    for (const id of request.outputsToExecute) {
      const cached = results.get(id)
      if (cached === undefined) attempt(graph.require(id), () => order.plan(id))
      else reuse(graph.require(id), cached)
    }
    while (!order.isDone) {
      const node = order.next()
      if (node !== null) await runNode(node)
      else await nextSettled()
    }
    for (const id of cachedIds) {
      const node = graph.require(id)
      const ui = results.get(id)?.ui
      if (node.definition.hasIntermediateOutput !== true || ui == null || outputs.has(id)) continue
      sendExecuted(node, ui)
      show(node, ui)
    }
  }

  /** Waits until an async node is done. */
  async function nextSettled(): Promise<void> {
    if (!stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (stop.signal.aborted) {
      const [id] = running.keys()
      throw new RunFailure(graph.require(id ?? [...order.remaining()][0]!), null, stop.signal.reason)
    }
  }

  function end(failure: RunFailure): RunOutcome {
    progress.flush()
    const real = graph.get(failure.node.realId) ?? failure.node
    const where = { node_id: real.id, node_type: real.classType, executed: [...executed] }
    const shown = { outputs: Object.fromEntries(outputs), meta: Object.fromEntries(meta) }
    if (request.signal.aborted || failure.cause instanceof InterruptedError) {
      send({ type: 'execution_interrupted', data: where })
      return { status: 'interrupted', ...shown, error: null }
    }
    const { type, message, traceback } = describeFailure(failure.cause)
    send({
      type: 'execution_error',
      data: {
        ...where,
        exception_message: `${message}\n`,
        exception_type: type,
        traceback,
        current_inputs: describeInputs(failure.inputs),
        current_outputs: [...results.keys()],
      },
    })
    return { status: 'error', ...shown, error: { type, message, node_id: real.id, node_type: real.classType } }
  }

  try {
    await run()
    progress.flush()
    send({ type: 'execution_success', data: {} })
    return {
      status: 'success',
      outputs: Object.fromEntries(outputs),
      meta: Object.fromEntries(meta),
      error: null,
    }
  } catch (error) {
    const failure = toRunFailure(error, (id) => graph.get(id))
    stop.abort(new InterruptedError('The run has ended'))
    await settleWithin(running.values(), asyncGraceMs)
    return end(failure)
  } finally {
    stop.abort(new InterruptedError('The run has ended'))
    request.signal.removeEventListener('abort', onInterrupt)
    cache.endRun()
  }
}
