/**
 * @file The process that holds the code of node packs for the engine: composition root. It loads the packs, tells what
 * they declare, and calls the functions that describing and validating need. It may hang or die at any time.
 */
import { Worker } from 'node:worker_threads'
import { createNodeEnvironment } from '../environment.ts'
import type { AnyNode } from '../nodes/define.ts'
import { callHook, describeHookFailure } from './call-hook.ts'
import { toDeclaration } from './declaration.ts'
import type { FromHost, HostConfig, ToHost } from './host-messages.ts'
import { loadPack, prepareImports } from './load-pack.ts'

const config = JSON.parse(process.argv[2] ?? 'null') as HostConfig
const environment = createNodeEnvironment(config.directories)
const nodes = new Map<string, AnyNode>()
const send = (message: FromHost) => {
  if (process.connected) process.send?.(message)
}

process.on('disconnect', () => process.exit(0))
// Signals to the whole process group are the engine's to answer.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
endWithParent(process.ppid)

process.on('message', async (message: ToHost) => {
  if (message.type === 'ping') return send({ type: 'pong' })
  try {
    send({ type: 'answer', id: message.id, value: await callHook(message.call, nodes, environment) })
  } catch (error) {
    send({ type: 'refusal', id: message.id, ...describeHookFailure(error) })
  }
})

await prepareImports()
for (const pack of config.packs) {
  send({ type: 'loading', name: pack.name })
  try {
    const loaded = await loadPack(pack, config.loadLimit)
    // Of two packs with one class the first has it, as in the engine.
    for (const node of loaded.nodes) if (!nodes.has(node.classType)) nodes.set(node.classType, node)
    send({ type: 'loaded', name: pack.name, pack: { ...loaded, nodes: loaded.nodes.map(toDeclaration) } })
  } catch (error) {
    send({ type: 'failed', name: pack.name, reason: error instanceof Error ? error.message : String(error) })
  }
}
// A fault in something that a pack left running is no reason to go: it is said, and what hangs on it times out.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  })
}
send({ type: 'ready' })

/**
 * A pack that holds this thread for ever hears nothing of the engine's end, so another thread looks.
 * @param parent - process id of the engine
 */
function endWithParent(parent: number): void {
  const code = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL') }, 2000)`
  new Worker(code, { eval: true, execArgv: [] }).unref()
}
