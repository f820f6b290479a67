/**
 * @file Starts the real engine process on a directory of its own and speaks to it over HTTP and WebSocket, as any client
 * would. Everything a test starts is ended by `stop` or `kill`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { type AnswerChecker, loadAnswerChecker } from './described-answers.ts'

const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

export interface WireEvent {
  type: string
  data: Record<string, unknown>
}

export interface StartOptions {
  /** An existing STUDIO_DIR; without one a new one is made. */
  directory?: string
  flags?: readonly string[]
  environment?: Record<string, string>
}

export async function makeDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'engine-test-'))
}

/** Nothing of this process's environment but what a program needs to run. */
function environmentFor(directory: string, extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, STUDIO_DIR: directory, ENGINE_DEVICE: 'cpu', ...extra } as unknown as NodeJS.ProcessEnv
}

/** Starts an engine and waits until it listens. @throws Error with its stderr when it ends before that */
export async function startEngine(options: StartOptions = {}): Promise<TestEngine> {
  const directory = options.directory ?? (await makeDirectory())
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'engine/main.ts', '--port', '0', ...(options.flags ?? [])],
    {
      cwd: projectRoot,
      env: environmentFor(directory, options.environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const exited = once(child, 'exit')
  const listening = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const match = /^Engine listening on (https?:\/\/\S+)$/.exec(line)
      if (match) return match[1]!
    }
    return null
  })()
  const url = await Promise.race([listening, exited.then(() => null)])
  if (url === null) {
    await exited
    throw new Error(`the engine ended with ${child.exitCode}: ${errors}`)
  }
  return new TestEngine({ url, directory, child, exited, printed: () => errors, checker: await loadAnswerChecker() })
}

interface EngineProcess {
  url: string
  directory: string
  child: ChildProcess
  exited: Promise<unknown>
  printed: () => string
  checker: AnswerChecker | null
}

export class TestEngine {
  readonly url: string
  readonly directory: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #sockets: TestSocket[] = []
  /** Judges everything that comes back, where a description is at hand. */
  readonly #checker: AnswerChecker | null

  readonly #printed: () => string

  constructor({ url, directory, child, exited, printed, checker }: EngineProcess) {
    this.#checker = checker
    this.#printed = printed
    this.url = url
    this.directory = directory
    this.pid = child.pid!
    this.#child = child
    this.#exited = exited
  }

  /** What it printed to stderr so far. */
  get printed(): string {
    return this.#printed()
  }

  get output(): string {
    return join(this.directory, 'assets', 'output')
  }

  get input(): string {
    return join(this.directory, 'assets', 'input')
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const response = await fetch(this.url + path, init)
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    if (this.#checker && isJson && response.body) {
      const text = await response.clone().text()
      const body: unknown = text === '' ? null : JSON.parse(text)
      this.#checker.answer(init?.method ?? 'GET', path, response.status, body)
    }
    return response
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async get(path: string): Promise<any> {
    return (await this.fetch(path)).json()
  }

  /** @param body - sent as JSON without a Content-Type, as many clients do */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async post(path: string, body: unknown): Promise<{ status: number; body: any }> {
    const response = await this.fetch(path, { method: 'POST', body: Buffer.from(JSON.stringify(body)) })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  /** Queues a graph that must be accepted. */
  async queue(prompt: object, extra: object = {}): Promise<{ promptId: string; job: string }> {
    const { status, body } = await this.post('/prompt', { prompt, ...extra })
    if (status !== 200) throw new Error(`the prompt was refused: ${JSON.stringify(body)}`)
    return { promptId: body.prompt_id, job: body.job }
  }

  /** Queues a graph and waits for its end. @returns the history entry */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async run(prompt: object, extra: object = {}): Promise<{ promptId: string; job: string; entry: any }> {
    const socket = await this.connect()
    const queued = await this.queue(prompt, { client_id: socket.id, ...extra })
    await socket.until((event) => event.type === 'executing' && event.data.node === null)
    socket.close()
    return { ...queued, entry: (await this.get(`/history/${queued.promptId}`))[queued.promptId] }
  }

  async connect(path = '/ws?clientId=', id: string = crypto.randomUUID()): Promise<TestSocket> {
    const socket = new TestSocket(
      new WebSocket(this.url.replace('http', 'ws') + path + id),
      id,
      path.includes('/ws?') ? this.#checker : null,
    )
    this.#sockets.push(socket)
    await socket.opened
    return socket
  }

  /** Waits for a condition that the engine brings about by itself. */
  async until<T>(condition: () => Promise<T | null | undefined | false>): Promise<T> {
    for (;;) {
      const value = await condition()
      if (value) return value
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  /** Process id of the runner, from the engine's own log. */
  async runnerPid(): Promise<number> {
    return this.until(async () => {
      const lines: string = await this.get('/internal/logs')
      const pids = [...lines.matchAll(/runner (\d+) is ready/g)].map((match) => Number(match[1]))
      return pids.at(-1)
    })
  }

  /** Asks it to stop. @returns its exit code */
  async terminate(): Promise<number | null> {
    for (const socket of this.#sockets) socket.close()
    this.#child.kill('SIGTERM')
    await this.#exited
    return this.#child.exitCode
  }

  /** Ends it without a chance to say goodbye. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Ends it and removes its directory. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.terminate()
    await rm(this.directory, { recursive: true, force: true })
    const faults = this.#checker?.faults ?? []
    if (faults.length > 0) throw new Error(`answers that the description does not fit:\n${faults.join('\n')}`)
  }
}

export class TestSocket {
  readonly id: string
  readonly events: WireEvent[] = []
  readonly frames: Buffer[] = []
  readonly opened: Promise<unknown>
  readonly closed: Promise<unknown>
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()

  constructor(socket: WebSocket, id: string, checker: AnswerChecker | null = null) {
    this.id = id
    this.#socket = socket
    this.closed = once(socket, 'close')
    this.opened = once(socket, 'open')
    for (const moment of [this.closed, this.opened]) moment.catch(() => undefined)
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.frames.push(data)
      else {
        const event = JSON.parse(String(data)) as WireEvent
        checker?.message(event.type, event.data)
        this.events.push(event)
      }
      const waiting = [...this.#waiting]
      this.#waiting.clear()
      for (const wake of waiting) wake()
    })
  }

  send(value: unknown): void {
    this.#socket.send(typeof value === 'string' ? value : JSON.stringify(value))
  }

  /** The first event, past or to come, that fits. */
  async until(fits: (event: WireEvent) => boolean): Promise<WireEvent> {
    for (;;) {
      const found = this.events.find(fits)
      if (found) return found
      await this.#next()
    }
  }

  async untilFrame(fits: (frame: Buffer) => boolean): Promise<Buffer> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found) return found
      await this.#next()
    }
  }

  /** The events of one run, in order; `status` ones are everyone's. */
  ofRun(promptId: string): WireEvent[] {
    return this.events.filter((event) => event.data.prompt_id === promptId)
  }

  close(): void {
    this.#socket.close()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }
}
