/**
 * @file The parent's side of the thumbnail child: starts it when it is needed, lets it rest, starts it anew when a picture
 * brought it down. Which thumbnails are wanted, and where they are kept, is `thumbnails.ts`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { PictureFacts, RenderAnswer, RenderRequest } from './messages.ts'

/** The picture cannot be shown; the message says why, in words. */
export class UnreadablePictureError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'UnreadablePictureError'
  }
}

export interface WorkerCommand {
  path: string
  execArgv: string[]
}

export interface Rendered {
  webp: Buffer
  facts: PictureFacts | null
}

export interface ThumbnailProcess {
  /** Of the child, or null while there is none. */
  readonly pid: number | null
  /**
   * @param options - `urgent`: somebody waits for it; `signal`: gives up a place in the queue
   * @throws UnreadablePictureError; the signal's reason
   */
  render(
    request: Omit<RenderRequest, 'id'>,
    options: { urgent: boolean; signal?: AbortSignal | undefined },
  ): Promise<Rendered>
  close(): Promise<void>
}

export interface ThumbnailProcessOptions {
  worker: WorkerCommand
  /** Pictures at a time. @default the number of cores */
  concurrency?: number
  /** Milliseconds without work after which the child is ended, to give its memory back. @default 60000 */
  idleAfter?: number
  /** Milliseconds a picture may take. @default 90000 */
  timeLimit?: number
}

interface Task {
  request: RenderRequest
  urgent: boolean
  /** It was being made when the child ended: it runs alone, so that it takes no other with it again. */
  suspect: boolean
  resolve: (rendered: Rendered) => void
  reject: (reason: unknown) => void
  timer?: NodeJS.Timeout
}

/** Where the child's program lies: the bundle beside a built server, else the source, run through tsx. */
export function locateWorker(projectRoot: string, moduleUrl = import.meta.url): WorkerCommand {
  return moduleUrl.endsWith('.ts')
    ? { path: join(projectRoot, 'server', 'thumbnails', 'worker.ts'), execArgv: ['--import', 'tsx'] }
    : { path: join(projectRoot, 'dist', 'server', 'thumbnails', 'worker.js'), execArgv: [] }
}

export function createThumbnailProcess(options: ThumbnailProcessOptions): ThumbnailProcess {
  const { worker, concurrency = availableParallelism(), idleAfter = 60_000, timeLimit = 90_000 } = options
  const queue: Task[] = []
  const running = new Map<number, Task>()
  let child: ChildProcess | null = null
  let idleTimer: NodeJS.Timeout | undefined
  let lastId = 0
  let closed = false

  function startChild(): ChildProcess {
    const started = fork(worker.path, {
      execArgv: worker.execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: childEnvironment(process.env, concurrency),
    })
    started.on('message', (answer: RenderAnswer) => finish(answer))
    // Both events may come, in either order; the second finds nothing to do.
    started.on('exit', () => lose(started))
    started.on('error', () => lose(started))
    return started
  }

  function finish(answer: RenderAnswer): void {
    const task = running.get(answer.id)
    if (!task) return
    running.delete(answer.id)
    clearTimeout(task.timer)
    if ('webp' in answer) task.resolve({ webp: Buffer.from(answer.webp), facts: answer.facts })
    else task.reject(new UnreadablePictureError(answer.reason))
    next()
  }

  /** The child ended: what it was working on runs again, alone; what fails so twice is given up. */
  function lose(lost: ChildProcess): void {
    if (child !== lost) return
    child = null
    for (const task of [...running.values()]) {
      running.delete(task.request.id)
      clearTimeout(task.timer)
      if (closed || task.suspect) task.reject(new UnreadablePictureError('it could not be read'))
      else {
        task.suspect = true
        queue.unshift(task)
      }
    }
    next()
  }

  function next(): void {
    clearTimeout(idleTimer)
    while (!closed && running.size < concurrency) {
      const index = nextIndex()
      if (index < 0) break
      const [task] = queue.splice(index, 1) as [Task]
      run(task)
    }
    if (running.size === 0 && queue.length === 0 && child) {
      idleTimer = setTimeout(() => child?.disconnect(), idleAfter).unref()
    }
  }

  function nextIndex(): number {
    if ([...running.values()].some((task) => task.suspect)) return -1
    const suspect = queue.findIndex((task) => task.suspect)
    if (suspect >= 0) return running.size === 0 ? suspect : -1
    const urgent = queue.findIndex((task) => task.urgent)
    return urgent >= 0 ? urgent : queue.length - 1
  }

  function run(task: Task): void {
    running.set(task.request.id, task)
    task.timer = setTimeout(() => {
      // Only this one is to blame; the others run again.
      running.delete(task.request.id)
      task.reject(new UnreadablePictureError('it took too long to read'))
      child?.kill('SIGKILL')
    }, timeLimit).unref()
    child ??= startChild()
    child.send(task.request, (error) => {
      if (error) child?.kill('SIGKILL')
    })
  }

  return {
    get pid() {
      return child?.pid ?? null
    },
    render(request, { urgent, signal }) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the thumbnail process is closed'))
        if (signal?.aborted) return reject(signal.reason)
        const task: Task = { request: { ...request, id: ++lastId }, urgent, suspect: false, resolve, reject }
        signal?.addEventListener(
          'abort',
          () => {
            const index = queue.indexOf(task)
            // One that is being made is finished: it is kept, and the next visitor finds it.
            if (index < 0) return
            queue.splice(index, 1)
            reject(signal.reason)
          },
          { once: true },
        )
        queue.push(task)
        next()
      })
    },
    async close() {
      closed = true
      clearTimeout(idleTimer)
      for (const task of queue.splice(0)) task.reject(new Error('the thumbnail process is closed'))
      const ending = child
      if (!ending || ending.exitCode !== null) return
      const gone = new Promise((resolve) => ending.once('exit', resolve))
      ending.kill('SIGKILL')
      await gone
    },
  }
}

/** Nothing of the studio's secrets is handed to the process that opens strangers' files. */
function childEnvironment(environment: NodeJS.ProcessEnv, concurrency: number): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = { NODE_ENV: environment.NODE_ENV, UV_THREADPOOL_SIZE: String(concurrency + 2) }
  for (const name of ['PATH', 'LANG', 'TMPDIR', 'LD_LIBRARY_PATH', 'FFMPEG_PATH']) {
    if (environment[name] !== undefined) kept[name] = environment[name]
  }
  return kept
}
