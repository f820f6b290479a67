/**
 * @file `/ws` as ComfyUI clients know it: who is connected under which id, the first messages, and what of a run goes to
 * whom. An observer of the job life cycle; takes no commands.
 */
import type { WebSocket } from 'ws'
import * as z from 'zod'
import { stringifyExact } from '#platform/exact-json'
import type { LogEntry } from '../http/log-buffer.ts'
import type { JobObserver, PreviewFrame, RunIdentity } from '../jobs/lifecycle-observer.ts'
import type { WireMessage } from '../queue/wire-message.ts'
import { previewFrame, previewWithMetadataFrame, textFrame } from './binary-frames.ts'
import { GuardedSocket } from './guarded-socket.ts'

interface Client {
  id: string
  socket: GuardedSocket
  supportsPreviewMetadata: boolean
}

export interface ComfySocketOptions {
  features: Record<string, unknown>
  /** Pending and running prompts. */
  remaining: () => number
  /** What runs now, if anything. */
  runningNode: () => { clientId: string | null; node: string | null } | null
  /** 32 hex digits. */
  newClientId: () => string
  log: (level: 'info' | 'warn' | 'error', message: string) => void
}

const featureFlagsSchema = z.object({
  type: z.literal('feature_flags'),
  data: z.looseObject({ supports_preview_metadata: z.unknown().optional() }),
})

/** Without a client these still go to everyone. */
const broadcastWithoutClient: ReadonlySet<string> = new Set(['progress', 'progress_state', 'execution_interrupted'])

export class ComfySocket implements JobObserver {
  readonly #options: ComfySocketOptions
  /** The receiver of each id: the newest connection. */
  readonly #clients = new Map<string, Client>()
  /** Every open connection, also ones that a newer one with the same id replaced. */
  readonly #open = new Set<Client>()
  readonly #logSubscribers = new Set<string>()

  constructor(options: ComfySocketOptions) {
    this.#options = options
  }

  /** @param clientId - of the query, or null to make one */
  connect(webSocket: WebSocket, clientId: string | null): void {
    const id = clientId || this.#options.newClientId()
    const client: Client = {
      id,
      supportsPreviewMetadata: false,
      socket: new GuardedSocket(webSocket, () => this.#forget(client)),
    }
    this.#clients.set(id, client)
    this.#open.add(client)
    client.socket.send(JSON.stringify({ type: 'status', data: { status: this.#status(), sid: id } }))
    const running = this.#options.runningNode()
    // `node: null` would say that the run is over.
    if (running && running.clientId === id && running.node !== null) {
      client.socket.send(JSON.stringify({ type: 'executing', data: { node: running.node } }))
    }
    webSocket.once('message', (data, isBinary) => {
      if (!isBinary) this.#readFeatureFlags(client, String(data))
    })
  }

  queueChanged(): void {
    this.#broadcast(JSON.stringify({ type: 'status', data: { status: this.#status() } }))
  }

  runMessage(run: RunIdentity, message: WireMessage): void {
    if (run.clientId !== null) this.#clients.get(run.clientId)?.socket.send(stringifyExact(message))
    else if (broadcastWithoutClient.has(message.type)) this.#broadcast(stringifyExact(message))
  }

  runEnded(run: RunIdentity): void {
    if (run.clientId === null) return
    const data = { node: null, prompt_id: run.promptId }
    this.#clients.get(run.clientId)?.socket.send(JSON.stringify({ type: 'executing', data }))
  }

  preview(run: RunIdentity, frame: PreviewFrame): void {
    let plain: Buffer | null = null
    let described: Buffer | null = null
    for (const client of this.#receivers(run)) {
      if (client.supportsPreviewMetadata) {
        described ??= previewWithMetadataFrame(
          {
            node_id: frame.nodeId,
            prompt_id: frame.promptId,
            display_node_id: frame.displayNodeId,
            parent_node_id: frame.parentNodeId,
            real_node_id: frame.realNodeId,
            image_type: `image/${frame.format}`,
          },
          frame.bytes,
        )
        client.socket.send(described)
      } else {
        plain ??= previewFrame(frame.format, frame.bytes)
        client.socket.send(plain)
      }
    }
  }

  text(run: RunIdentity, nodeId: string, content: string): void {
    const frame = textFrame(nodeId, content)
    for (const client of this.#receivers(run)) client.socket.send(frame)
  }

  /** Switches `logs` messages for a client id. */
  subscribeToLogs(clientId: string, enabled: boolean): void {
    if (enabled && this.#clients.has(clientId)) this.#logSubscribers.add(clientId)
    else this.#logSubscribers.delete(clientId)
  }

  sendLog(entry: LogEntry): void {
    if (this.#logSubscribers.size === 0) return
    const message = JSON.stringify({ type: 'logs', data: { entries: [entry], size: null } })
    for (const id of this.#logSubscribers) this.#clients.get(id)?.socket.send(message)
  }

  /** Says goodbye to everyone. */
  close(): void {
    for (const client of this.#open) client.socket.close(1001)
  }

  #forget(client: Client): void {
    this.#open.delete(client)
    // A connection that was replaced says nothing about its successor.
    if (this.#clients.get(client.id) !== client) return
    this.#clients.delete(client.id)
    this.#logSubscribers.delete(client.id)
  }

  #receivers(run: RunIdentity): Iterable<Client> {
    if (run.clientId === null) return this.#clients.values()
    const client = this.#clients.get(run.clientId)
    return client ? [client] : []
  }

  #broadcast(text: string): void {
    for (const client of this.#clients.values()) client.socket.send(text)
  }

  #status() {
    return { exec_info: { queue_remaining: this.#options.remaining() } }
  }

  /** Only the first message of a connection counts. */
  #readFeatureFlags(client: Client, text: string): void {
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      this.#options.log('warn', `a WebSocket client sent JSON that is broken (${text.length} characters)`)
      return
    }
    const parsed = featureFlagsSchema.safeParse(message)
    if (!parsed.success) return
    client.supportsPreviewMetadata = parsed.data.data.supports_preview_metadata === true
    client.socket.send(JSON.stringify({ type: 'feature_flags', data: this.#options.features }))
  }
}
