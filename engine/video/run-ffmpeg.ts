/**
 * @file Runs ffmpeg as a child: frames in by stdin with back-pressure, bytes out by stdout, killed at once when the job
 * is interrupted or the time is up. Which arguments make what is up to the callers.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { NodeError } from '../nodes/define.ts'

export interface FfmpegRun {
  /** Absolute path of the binary. */
  ffmpeg: string
  arguments: readonly string[]
  signal: AbortSignal
  /** Wall time in milliseconds after which the child is killed. */
  timeLimit: number
  /** What goes to `pipe:0`, chunk by chunk, as fast as ffmpeg takes it. */
  input?: AsyncIterable<Uint8Array>
  /** What goes to `pipe:3`; used for metadata, which may be longer than an argument can be. */
  sideInput?: Uint8Array
  /** Gets what comes from `pipe:1`; the child waits while a returned promise is pending. A throw ends the run. */
  onOutput?: (chunk: Buffer) => void | Promise<void>
}

/** How much of what ffmpeg says is kept, from its end. */
const keptLog = 16_384

/**
 * Runs to the end.
 * @returns what ffmpeg wrote to stderr (its last 16 KiB)
 * @throws NodeError with ffmpeg's last words when it fails; an `ENOSPC` error when it found the disk full;
 * the signal's reason when interrupted
 */
export async function runFfmpeg(run: FfmpegRun): Promise<string> {
  const { signal } = run
  signal.throwIfAborted()
  const child = spawn(run.ffmpeg, ['-hide_banner', '-nostdin', ...run.arguments], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  let isOutOfTime = false
  const timer = setTimeout(() => {
    isOutOfTime = true
    kill()
  }, run.timeLimit)
  signal.addEventListener('abort', kill, { once: true })
  try {
    let log = ''
    const ended = waitForEnd(child)
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-keptLog)
    })
    const flows = Promise.all([feed(child, run), drain(child, run)])
    // A callback that throws must not leave the child waiting for it.
    flows.catch(kill)
    const [code] = await ended
    signal.throwIfAborted()
    if (isOutOfTime) throw new NodeError('The video took too long and was given up', 'RuntimeError')
    await flows
    if (code !== 0) throw failure(code, log)
    return log
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    kill()
  }
}

/** @returns exit code, or null when it was killed */
async function waitForEnd(child: ChildProcess): Promise<[number | null]> {
  return (await once(child, 'close')) as [number | null]
}

async function feed(child: ChildProcess, { input, sideInput }: FfmpegRun): Promise<void> {
  const side = child.stdio[3] as Writable
  side.on('error', () => undefined)
  side.end(sideInput ?? new Uint8Array(0))
  child.stdin!.on('error', () => undefined)
  if (!input) {
    child.stdin!.end()
    return
  }
  try {
    await pipeline(Readable.from(input), child.stdin!)
  } catch (error) {
    // ffmpeg stopped reading: its exit code and its words tell why.
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ECONNRESET') throw error
  }
}

async function drain(child: ChildProcess, { onOutput }: FfmpegRun): Promise<void> {
  for await (const chunk of child.stdout!) await onOutput?.(chunk as Buffer)
}

function failure(code: number | null, log: string): Error {
  if (/No space left on device/i.test(log)) return Object.assign(new Error('disk full'), { code: 'ENOSPC' })
  if (/Disk quota exceeded/i.test(log)) return Object.assign(new Error('quota exceeded'), { code: 'EDQUOT' })
  const words = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(frame=|Conversion failed)/.test(line))
    .at(-1)
  const reason =
    words?.replace(/(?:\/[^\s:']+)+/g, 'the file') ?? (code === null ? 'it was killed' : `exit code ${code}`)
  return new NodeError(`ffmpeg failed: ${reason}`, 'RuntimeError')
}
