/**
 * @file Starts the built product as a user would (one process, its own temporary STUDIO_DIR, free ports) and talks to
 * it over HTTP only. Every test file gets a studio of its own and removes it afterwards.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)))
export const apiKey = 'pas_for-the-browser-tests-only-0123456789'

export interface Studio {
  url: string
  directory: string
  process: ChildProcess
  /** `fetch` on a path of the studio, with the key unless the headers say otherwise. */
  request(path: string, init?: RequestInit): Promise<Response>
  json<T = unknown>(path: string, init?: RequestInit): Promise<T>
  /** Ends the web process; the directory stays. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Ends everything and removes the directory. */
  dispose(): Promise<void>
}

/** Starts a studio and waits until it answers. @param directory - an existing STUDIO_DIR, to start again on it */
export async function startStudio({
  directory,
  environment = {},
}: {
  directory?: string
  environment?: Record<string, string>
} = {}): Promise<Studio> {
  const studioDirectory = directory ?? (await mkdtemp(join(tmpdir(), 'studio-e2e-')))
  const child = spawn(process.execPath, [join(projectRoot, 'dist/server/main.js')], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      STUDIO_DIR: studioDirectory,
      STUDIO_HOST: '127.0.0.1',
      STUDIO_PORT: '0',
      ENGINE_PORT: '0',
      ENGINE_DEVICE: 'cpu',
      STUDIO_API_KEY: apiKey,
      ...environment,
    },
  })
  const log: string[] = []
  createInterface({ input: child.stderr! }).on('line', (line) => log.push(line))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      log.push(line)
      const match = /^Pod Studio listening on (http:\S+)/.exec(line)
      if (match) resolve(match[1])
    })
    child.once('exit', (code) => reject(new Error(`the studio ended with ${code}\n${log.join('\n')}`)))
  })
  const request = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { 'X-API-Key': apiKey, ...(init.headers as Record<string, string>) } })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  return {
    url,
    directory: studioDirectory,
    process: child,
    request,
    async json(path, init) {
      const response = await request(path, init)
      if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`)
      return response.json()
    },
    stop,
    async dispose() {
      await stop()
      await rm(studioDirectory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Asks again until the answer satisfies, at most `timeout` milliseconds. @throws with the last answer */
export async function until<T>(
  ask: () => Promise<T>,
  satisfied: (answer: T) => boolean,
  timeout = 120_000,
): Promise<T> {
  const end = Date.now() + timeout
  let last: T | undefined
  let failure: unknown
  while (Date.now() < end) {
    try {
      last = await ask()
      if (satisfied(last)) return last
    } catch (error) {
      failure = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(
    `not satisfied within ${timeout} ms; last answer: ${JSON.stringify(last)?.slice(0, 2000)} ${failure ?? ''}`,
  )
}

/** Process ids of the direct children of a process (Linux). */
export async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    if (parent === pid) children.push(Number(entry))
  }
  return children
}

/** The child of `pid` whose command line contains `part`. */
export async function findChild(pid: number, part: string): Promise<number> {
  return until(
    async () => {
      for (const child of await childrenOf(pid)) {
        const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')
        if (command.includes(part)) return child
      }
      return 0
    },
    (found) => found > 0,
    30_000,
  )
}
