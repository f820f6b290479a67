/**
 * @file Runs a validated prompt: looks up what is cached, runs what is ready, and tells what happens in the order
 * ComfyUI's clients expect. Everything it needs is handed in; how a process hosts a run is `engine/runner/`.
 */

import { setMaxListeners } from 'node:events'
import type { UiOutput } from '#contracts/comfy/messages'
import type { Prompt } from '#contracts/comfy/prompt'
import { InterruptedError } from '../nodes/define.ts'
import type { NodeRegistry } from '../nodes/registry.ts'
import type { PreviewMethod } from '../preview-method.ts'
import type { RunOutcome } from '../runner/messages.ts'
import type { NodeOutput, ResultCache } from './cache.ts'
import { askLazyInputs, type CallResult, callNode } from './call-node.ts'
import { createChangeMarks } from './change-marks.ts'
import { createDynamicPrompt, dependencyOf, type GraphNode } from './dynamic-prompt.ts'
import { addExpansions, type PendingExpansion, resolveExpansion } from './expansion.ts'
import { gatherInputs, type HiddenValues } from './gather-inputs.ts'
import type { ExecutionHost } from './host.ts'
import { mergeOutputs, mergeUi } from './merge-results.ts'
import { createNodeContext } from './node-context.ts'
import { createExecutionOrder } from './order.ts'
import { createProgressState } from './progress-state.ts'
import { RunFailure, settleWithin, toRunFailure } from './run-failure.ts'
import { createRunReport, wasInterrupted } from './run-report.ts'
import { createRunResults } from './run-results.ts'

/** How long a run that ended early waits for its async nodes to notice, in milliseconds. */
const asyncGraceMs = 5000

export interface ExecutionRequest {
  promptId: string
  /** Validated: classes are known, literals converted. */
  prompt: Prompt
  outputsToExecute: readonly string[]
  extraPngInfo: Record<string, unknown>
  /** Secrets of the prompt, by the hidden input that gets them. */
  secrets?: HiddenValues['secrets']
  /**
   * The job's name when its output nodes must always run, so that every job has its own files; null when cached output
   * nodes may be reused.
   */
  outputsBelongTo: string | null
  /** How previews of work in progress are made, if at all. */
  previewMethod: PreviewMethod
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
  const { host, cache } = request
  host.send({ type: 'execution_start', data: {} })

  const graph = createDynamicPrompt(request.prompt, request.registry)
  const submitted = [...graph.ids()].map((id) => graph.require(id))
  const marks = createChangeMarks(host.environment)
  await marks.compute(submitted)
  const executedPrompt = marks.addTo(request.prompt)

  const results = createRunResults({ ...request, graph, marks })
  const order = createExecutionOrder(graph, results.has)
  const progress = createProgressState((message) => host.send(message), request.now)
  const report = createRunReport(graph, (message) => host.send(message))

  const stop = new AbortController()
  // Every node of the run may listen to it.
  setMaxListeners(0, stop.signal)
  const onInterrupt = () => stop.abort(new InterruptedError('The job was interrupted'))
  request.signal.addEventListener('abort', onInterrupt, { once: true })
  if (request.signal.aborted) onInterrupt()

  /** Nodes that wait for the graphs they expanded to. */
  const expansions = new Map<string, PendingExpansion>()
  /** Async nodes under way, and those that are done but not yet taken up. */
  const running = new Map<string, Promise<void>>()
  const settled = new Map<string, { calls: CallResult[] } | { failure: RunFailure }>()
  let wake: () => void = () => undefined
  stop.signal.addEventListener('abort', () => wake(), { once: true })

  const contextOf = (node: GraphNode) =>
    createNodeContext(node, { ...request, prompt: executedPrompt, progress, signal: stop.signal })

  /** Takes up a ready node: runs it, or goes on with what it waited for. */
  async function advance(node: GraphNode): Promise<void> {
    const expansion = expansions.get(node.id)
    if (expansion !== undefined) return finish(node, resolveExpansion(node, expansion, results.get), expansion.ui)
    const outcome = settled.get(node.id)
    if (outcome === undefined) return runNode(node)
    if ('failure' in outcome) throw outcome.failure
    return accept(node, outcome.calls)
  }

  async function runNode(node: GraphNode): Promise<void> {
    // Another node of this prompt with the same signature may have run meanwhile.
    const cached = await results.findCached(node)
    if (cached !== undefined) return reuse(node, cached)

    await host.breathe()
    stop.signal.throwIfAborted()
    progress.start(node)
    const inputs = gatherInputs(node, results.get, {
      prompt: executedPrompt,
      dynamicPrompt: graph,
      extraPngInfo: request.extraPngInfo,
      secrets: request.secrets ?? {},
    })
    report.executing(node)
    try {
      const context = contextOf(node)
      const needed = await askLazyInputs(node, inputs, context)
      for (const name of needed) order.require(dependencyOf(node, name)![0], node.id)
      if (needed.length > 0) return
      const calls = callNode(node, inputs, {
        context,
        breathe: () => host.breathe(),
        onBlocked: (message) => report.blocked(node, message),
      })
      if (node.definition.isAsync !== true) return await accept(node, await calls)
      order.hold(node.id)
      const settle = (result: { calls: CallResult[] } | { failure: RunFailure }) => {
        settled.set(node.id, result)
        running.delete(node.id)
        order.release(node.id)
        wake()
      }
      const task = calls.then(
        (done) => settle({ calls: done }),
        (error) => settle({ failure: new RunFailure(node, inputs, error) }),
      )
      running.set(node.id, task)
    } catch (error) {
      throw new RunFailure(node, inputs, error)
    }
  }

  /** Takes what a node's calls gave: values, or graphs that must run first. */
  async function accept(node: GraphNode, calls: CallResult[]): Promise<void> {
    if (calls.every((call) => call.expansion === null)) return finish(node, mergeOutputs(node, calls), calls)

    const expansion = addExpansions(node, calls, graph)
    expansions.set(node.id, expansion)
    await marks.compute(expansion.added)
    for (const added of expansion.added) await results.findCached(added)
    for (const added of expansion.added) {
      if (added.definition.isOutputNode !== true) continue
      results.containsOutputs(node)
      startOutput(added)
    }
    for (const [source] of expansion.links) order.require(source, node.id)
  }

  function finish(node: GraphNode, values: unknown[][], calls: readonly CallResult[]): void {
    const ui = mergeUi(calls)
    if (ui !== null) report.shows(node, ui)
    results.add(node, { outputs: values, ui })
    progress.finish(node)
    report.executed(node)
    order.complete(node.id)
  }

  /** A planned node turned out to have its result already. */
  function reuse(node: GraphNode, cached: NodeOutput): void {
    if (node.definition.isOutputNode === true || cached.ui !== null) report.shows(node, cached.ui)
    progress.finish(node)
    order.complete(node.id)
  }

  function startOutput(node: GraphNode): void {
    const cached = results.get(node.id)
    if (cached === undefined) order.plan(node.id)
    else reuse(node, cached)
  }

  /** Waits until an async node is done, or the run is to stop. */
  async function nextSettled(): Promise<void> {
    if (!stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (!stop.signal.aborted) return
    const [id] = [...running.keys(), ...order.remaining()]
    throw new RunFailure(graph.require(id!), null, stop.signal.reason)
  }

  async function run(): Promise<void> {
    results.begin(submitted)
    for (const node of submitted) await results.findCached(node)
    const cachedIds = results.ids()
    host.send({ type: 'execution_cached', data: { nodes: cachedIds } })

    for (const id of request.outputsToExecute) await at(graph.require(id), startOutput)
    while (!order.isDone) {
      const node = order.next()
      if (node !== null) await at(node, advance)
      else await nextSettled()
    }
    for (const id of cachedIds) {
      const node = graph.require(id)
      const ui = results.get(id)?.ui
      if (node.definition.hasIntermediateOutput === true && ui != null && !report.hasShown(id)) report.shows(node, ui)
    }
  }

  try {
    await run()
    progress.flush()
    return report.succeeded()
  } catch (error) {
    const failure = toRunFailure(error, graph.get)
    stop.abort(new InterruptedError('The run has ended'))
    await settleWithin(running.values(), asyncGraceMs)
    progress.flush()
    return wasInterrupted(failure, request.signal) ? report.interrupted(failure) : report.failed(failure, results.ids())
  } finally {
    stop.abort(new InterruptedError('The run has ended'))
    request.signal.removeEventListener('abort', onInterrupt)
    cache.endRun()
  }
}

/** Whatever goes wrong in the work goes wrong at this node. */
async function at(node: GraphNode, work: (node: GraphNode) => void | Promise<void>): Promise<void> {
  try {
    await work(node)
  } catch (error) {
    throw error instanceof RunFailure ? error : new RunFailure(node, null, error)
  }
}
