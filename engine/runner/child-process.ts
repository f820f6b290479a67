/**
 * @file How a runner child is forked: from source or from the built bundle, with an environment that holds no secret,
 * its output captured. What it says is the supervisor's business.
 */
import { fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HostConfig } from '../packs/host-messages.ts'
import type { ProbeConfig, RunnerConfig } from './config.ts'
import { describeExit } from './crash-words.ts'

export interface RunnerEntry {
  /** Absolute path of the program. */
  path: string
  /** Arguments for node itself. */
  execArgv: readonly string[]
}

/**
 * The runner that belongs to the code that asks: the built one for the built engine, the source (through tsx) for the
 * engine run from source.
 * @param projectRoot - absolute path
 */
export function findRunnerEntry(projectRoot: string, fromSource?: boolean): RunnerEntry {
  return findEntry(projectRoot, 'engine/runner/main', fromSource)
}

/** The program that holds the code of node packs; as {@link findRunnerEntry}. */
export function findPackHostEntry(projectRoot: string, fromSource?: boolean): RunnerEntry {
  return findEntry(projectRoot, 'engine/packs/host-main', fromSource)
}

/** @param program - path without its ending */
function findEntry(projectRoot: string, program: string, fromSource = import.meta.url.endsWith('.ts')): RunnerEntry {
  if (!fromSource) return { path: join(projectRoot, 'dist', `${program}.js`), execArgv: ['--enable-source-maps'] }
  // By absolute address: node looks for a bare name from the working directory, which may be anywhere.
  const loader = createRequire(join(projectRoot, 'package.json')).resolve('tsx')
  return {
    path: join(projectRoot, `${program}.ts`),
    execArgv: ['--import', pathToFileURL(loader).href],
  }
}

/** Variables a runner may see: what native libraries, the GPU and ffmpeg need. Keys and tokens never match. */
const passedOn =
  /^(PATH|HOME|USER|TMPDIR|TEMP|TMP|TZ|LANG|LC_[A-Z]+|LD_LIBRARY_PATH|FFMPEG_PATH|CUDA_[A-Z_]+|CUDNN_[A-Z_]+|NVIDIA_[A-Z_]+|MALLOC_[A-Z_]+|OMP_[A-Z_]+|ORT_[A-Z_]+|NODE_ENV|SYSTEMROOT)$/
const secret = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL/

/**
 * glibc keeps what a closed model or a large picture has freed, 200 to 350 MB of it, unless big blocks are mapped one by one
 * and the heap's end is given back early. Other C libraries do not read these.
 */
const giveMemoryBack = { MALLOC_MMAP_THRESHOLD_: '262144', MALLOC_TRIM_THRESHOLD_: '262144' }

/** The part of the environment that a runner gets. */
export function runnerEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => passedOn.test(name) && !secret.test(name))
  return { ...giveMemoryBack, ...Object.fromEntries(kept) } as unknown as NodeJS.ProcessEnv
}

/** Last characters of what a child wrote to its standard error, for the words of a crash. */
const tailLength = 4096
/** How long a child that has exited may still be read from: a process it started can hold its pipes open. */
const lastWordsMs = 250

export interface RunnerChild {
  readonly pid: number | null
  /** Dropped when the child is gone. */
  send(message: object): void
  /**
   * Kills it at once, also when it is stopped or busy in native code. Nothing it said is passed on any more.
   * @param reason - what `ended` gives, in place of the exit's own words
   */
  kill(reason: string): void
  /** Why it ended, in words; resolves once its last messages have been read. */
  readonly ended: Promise<string>
}

export interface ForkOptions {
  entry: RunnerEntry
  /** Given to the program as its first argument, as JSON. */
  config: RunnerConfig | ProbeConfig | HostConfig
  /** How its end names it. @default 'The runner' */
  who?: string
  /** Only what {@link runnerEnvironment} lets through is passed on. */
  environment: NodeJS.ProcessEnv
  onMessage: (message: unknown) => void
  /** A line of standard output or standard error. */
  onOutput: (line: string) => void
}

/** @throws never: a child that cannot be started has ended */
export function forkRunner({ entry, config, who, environment, onMessage, onOutput }: ForkOptions): RunnerChild {
  const child = fork(entry.path, [JSON.stringify(config)], {
    serialization: 'advanced',
    execArgv: [...entry.execArgv],
    env: runnerEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let killedBecause: string | null = null
  let tail = ''
  const take = (chunk: string) => {
    tail = (tail + chunk).slice(-tailLength)
    for (const line of chunk.split('\n')) if (line.trim() !== '') onOutput(line)
  }
  child.stdout?.setEncoding('utf8').on('data', take)
  child.stderr?.setEncoding('utf8').on('data', take)
  child.on('message', (message) => {
    if (killedBecause === null) onMessage(message)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) =>
      resolve(killedBecause ?? `${who ?? 'The runner'} could not be started: ${error.message}`),
    )
    child.once('exit', (code, signal) => {
      const settle = () => resolve(killedBecause ?? describeExit({ code, signal, errorTail: tail, who }))
      const timer = setTimeout(settle, lastWordsMs)
      child.once('close', () => {
        clearTimeout(timer)
        settle()
      })
    })
  })
  return {
    pid: child.pid ?? null,
    send(message) {
      if (child.connected) child.send(message, () => undefined)
    },
    kill(reason) {
      killedBecause ??= reason
      child.kill('SIGKILL')
    },
    ended,
  }
}
