/**
 * @file Starts the engine as a child process and keeps it alive: a dead one is started again with growing pauses, a
 * hung one is killed first. The web process outlives every engine; an engine does not outlive the web process, since
 * it ends when the IPC channel to its parent closes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createLinkState, type EngineLink, whyNot } from './engine-link.ts'
import { createEngineLogBuffer } from './engine-log.ts'
import { probeEngine } from './probe.ts'

export interface SupervisedEngineOptions {
  /** Arguments for Node: the engine's entry file first. */
  command: readonly string[]
  /** Already scrubbed. */
  environment: Record<string, string>
  /** Key the engine demands when it does not listen on loopback. */
  apiKey: string | null
  /** Milliseconds since the epoch. */
  now: () => number
  log: { info(message: string): void; warn(message: string): void }
  timing?: Partial<typeof defaultTiming>
}

/** Milliseconds. */
const defaultTiming = {
  firstPause: 500,
  longestPause: 30_000,
  /** An engine that ran this long was healthy: the next pause is short again. */
  stableAfter: 60_000,
  probeInterval: 5000,
  probeTimeout: 10_000,
  /** Silent this long, while its process lives: hung. */
  hungAfter: 30_000,
  /** How long a dead engine's output is waited for. */
  lastWords: 500,
  /** How long an engine that is to be restarted may take to end. */
  restartPatience: 5000,
}

/** Lines of the engine's output that are kept to explain its end. */
const keptLines = 20

export function createSupervisedEngine(options: SupervisedEngineOptions): EngineLink {
  const { command, environment, apiKey, now, log } = options
  const timing = { ...defaultTiming, ...options.timing }
  const link = createLinkState(now)
  let child: ChildProcess | null = null
  let url: string | null = null
  let stopping = false
  let failuresInARow = 0
  let restartTimer: NodeJS.Timeout | undefined
  let probeTimer: NodeJS.Timeout | undefined
  let restarting = false
  const output = createEngineLogBuffer(now)

  function launch(): void {
    const startedAt = now()
    const lastLines: string[] = []
    link.set({ state: 'starting', detail: null })
    const started = spawn(process.execPath, [...command], {
      env: environment as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    child = started
    let killedBecause: string | null = null

    const hear = (line: string) => {
      lastLines.push(line.slice(0, 500))
      if (lastLines.length > keptLines) lastLines.shift()
      log.info(`engine: ${line}`)
      output.add(line)
    }
    readLines(started.stdout!, (line) => {
      const address = /^Engine listening on (https?:\/\/\S+)/.exec(line)?.[1]
      if (!address || url) return hear(line)
      url = reachable(address)
      link.set({ state: 'ready', detail: null, pid: started.pid ?? null })
      watch(started, (reason) => {
        killedBecause = reason
        started.kill('SIGKILL')
      })
    })
    readLines(started.stderr!, hear)

    let ended = false
    const end = (why: string) => {
      if (ended) return
      ended = true
      clearTimeout(probeTimer)
      child = null
      url = null
      if (stopping) {
        link.set({ state: 'down', detail: 'The studio is shutting down', pid: null })
        return
      }
      if (restarting) {
        restarting = false
        failuresInARow = 0
        output.add('The engine ended, as asked, and is started again')
        link.set({ state: 'starting', detail: null, pid: null, restarts: link.get().restarts + 1 })
        launch()
        return
      }
      if (now() - startedAt >= timing.stableAfter) failuresInARow = 0
      const pause = Math.min(timing.longestPause, timing.firstPause * 2 ** failuresInARow)
      failuresInARow++
      const lastWords = tellingLine(lastLines)
      const detail = killedBecause ?? (lastWords ? `${why}. Its last words: ${lastWords}` : why)
      output.add(`[error] ${detail}`)
      log.warn(`engine down: ${[detail, ...lastLines].join('\n  ')}`)
      link.set({ state: 'down', detail, pid: null })
      restartTimer = setTimeout(() => {
        link.set({ restarts: link.get().restarts + 1 })
        launch()
      }, pause)
    }
    started.once('error', (error) => end(`It could not be started: ${error.message}`))
    started.once('exit', (code, signal) => {
      const why = signal ? `It was ended by ${signal}` : `It ended with code ${code}`
      if (stopping) return end(why)
      // By `close` its last words are read; a runner that still holds the pipe must not keep us waiting for it.
      const patience = setTimeout(() => end(why), timing.lastWords)
      started.once('close', () => {
        clearTimeout(patience)
        end(why)
      })
    })
  }

  /** Asks a running engine again and again; a long silence means it hangs. */
  function watch(watched: ChildProcess, giveUp: (reason: string) => void): void {
    let lastAnswer = now()
    const ask = async () => {
      if (child !== watched || !url) return
      const failure = await probeEngine({ url, apiKey }, timing.probeTimeout)
      if (child !== watched) return
      if (failure === null) lastAnswer = now()
      else if (now() - lastAnswer >= timing.hungAfter) return giveUp('It stopped answering and was ended')
      probeTimer = setTimeout(() => void ask(), timing.probeInterval)
      probeTimer.unref()
    }
    probeTimer = setTimeout(() => void ask(), timing.probeInterval)
    probeTimer.unref()
  }

  return {
    external: false,
    start: launch,
    state: link.get,
    onChange: link.onChange,
    address: () => (url ? { url, apiKey } : null),
    whyNot: () => whyNot(link.get()),
    log: async (after, limit) => output.read(after, limit),
    restart() {
      if (stopping) return
      const running = child
      if (!running) {
        // It is down and waits for its next try: that is now.
        clearTimeout(restartTimer)
        failuresInARow = 0
        link.set({ restarts: link.get().restarts + 1 })
        launch()
        return
      }
      if (restarting) return
      restarting = true
      link.set({ state: 'starting', detail: 'It is being restarted' })
      running.kill('SIGTERM')
      const timer = setTimeout(() => running.kill('SIGKILL'), timing.restartPatience)
      running.once('exit', () => clearTimeout(timer))
    },
    async stop(graceTime) {
      stopping = true
      clearTimeout(restartTimer)
      clearTimeout(probeTimer)
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const ended = once(running, 'exit')
      running.kill('SIGTERM')
      const timer = setTimeout(() => running.kill('SIGKILL'), graceTime)
      await ended
      clearTimeout(timer)
    },
  }
}

/** The line that most likely says why: the last one naming an error, else the last one with words. */
function tellingLine(lines: readonly string[]): string | undefined {
  return (
    lines.findLast((line) => /^\s*\w*(error|exception)\b/i.test(line)) ?? lines.findLast((line) => line.trim() !== '')
  )
}

function readLines(stream: Readable, hear: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', hear)
}

/** An engine listening on every address is reached on loopback. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:').replace(/\/+$/, '')
}
