/**
 * The web process as it is started: what it prints, how it ends, and what happens to its engine. From sources, with the
 * real engine.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineLog, System } from '#contracts/system'
import { findProjectRoot } from '#platform/project-root'
import { childrenOf, isGone } from '../testing/processes.ts'

let directory: string
const started: ChildProcess[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-process-'))
})
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
})

interface Running {
  child: ChildProcess
  url: string
  key: string | null
  /** Everything printed so far, both streams. */
  printed: () => string
}

async function start(environment: Record<string, string> = {}, argv: string[] = []): Promise<Running> {
  const { child, lines } = launch(environment, argv)
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line)
      const address = /^Pod Studio listening on (http:\S+)$/.exec(line)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${lines.join('\n')}`)))
  })
  const key = lines.map((line) => /(pas_[\w-]{43})$/.exec(line)?.[1]).find(Boolean) ?? null
  return { child, url, key, printed: () => lines.join('\n') }
}

function launch(environment: Record<string, string>, argv: string[] = []) {
  const root = findProjectRoot()
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'server/main.ts'), ...argv], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'test',
      STUDIO_DIR: directory,
      STUDIO_PORT: '0',
      ENGINE_PORT: '0',
      ENGINE_DEVICE: 'cpu',
      STUDIO_LOG_LEVEL: 'info',
      ...environment,
    } as unknown as NodeJS.ProcessEnv,
  })
  started.push(child)
  const lines: string[] = []
  createInterface({ input: child.stderr! }).on('line', (line) => lines.push(line))
  return { child, lines }
}

async function get<T>({ url }: Running, key: string, path: string): Promise<T> {
  const response = await fetch(`${url}/api/admin/${path}`, { headers: { 'X-API-Key': key } })
  expect(response.status).toBe(200)
  return (await response.json()) as T
}
const systemOf = (running: Running, key: string) => get<System>(running, key, 'system')

/** @param restarts - how often it was started again */
async function engineIsReady(running: Running, key: string, restarts = 0): Promise<void> {
  for (;;) {
    const { engine } = await systemOf(running, key)
    if (engine.state === 'ready' && engine.restarts === restarts) return
    await sleep(50)
  }
}

/** The engine's process: the child of the web process that runs `engine/main`. */
async function enginePid(parent: number): Promise<number> {
  const engine = (await childrenOf(parent)).find(({ command }) => command.includes('engine/main'))
  if (!engine) throw new Error('no engine')
  return engine.pid
}

describe('the web process', () => {
  it('makes a key at first start, shows it that one time, and brings the sample inputs', async () => {
    const first = await start()
    expect(first.key).not.toBeNull()
    expect((await systemOf(first, first.key!)).engine.state).toMatch(/starting|ready/)
    expect(await readdir(join(directory, 'assets/input'))).toContain('astronaut.png')
    first.child.kill('SIGTERM')
    await once(first.child, 'exit')
    await rm(join(directory, 'assets/input/astronaut.png'))

    const second = await start()
    expect(second.printed()).not.toContain('pas_')
    expect((await systemOf(second, first.key!)).version).toMatch(/^\d/)
    expect(await readdir(join(directory, 'assets/input'))).not.toContain('astronaut.png')
  })

  it('never prints a key it was given, and hands it to no child', async () => {
    const key = 'given-by-the-owner-of-this-pod'
    const running = await start({ STUDIO_API_KEY: key, RUNPOD_API_KEY: 'rp-secret', HF_TOKEN: 'hf-secret' })
    await engineIsReady(running, key)
    const environment = await readFile(`/proc/${await enginePid(running.child.pid!)}/environ`, 'utf8')
    for (const secret of [key, 'rp-secret', 'hf-secret']) {
      expect(environment).not.toContain(secret)
      expect(running.printed()).not.toContain(secret)
    }
    expect(environment).toContain(`STUDIO_DIR=${directory}`)
  })

  it('outlives its engine, says so, and starts it again', async () => {
    const running = await start()
    await engineIsReady(running, running.key!)
    process.kill(await enginePid(running.child.pid!), 'SIGKILL')
    // It is down for half a second only: what stays of that is in its log.
    await engineIsReady(running, running.key!, 1)
    const { lines } = await get<EngineLog>(running, running.key!, 'engine/log')
    expect(lines.map(({ text }) => text)).toContainEqual(expect.stringMatching(/It was ended by SIGKILL/))
  })

  it('ends on SIGTERM with code 0, its engine with it, although somebody still reads', async () => {
    const running = await start()
    await engineIsReady(running, running.key!)
    const engine = await enginePid(running.child.pid!)
    const headers = { 'X-API-Key': running.key!, Accept: 'text/event-stream' }
    const stream = await fetch(`${running.url}/api/admin/events`, { headers })
    expect(stream.status).toBe(200)
    running.child.kill('SIGTERM')
    const [code] = await once(running.child, 'exit')
    expect(code).toBe(0)
    await isGone(engine)
    await stream.body?.cancel().catch(() => undefined)
  })

  it('takes its engine along when it is killed', async () => {
    const running = await start()
    await engineIsReady(running, running.key!)
    const engine = await enginePid(running.child.pid!)
    running.child.kill('SIGKILL')
    await isGone(engine)
  })

  it('answers --help with every setting, and an impossible setting with a sentence', async () => {
    const help = launch({}, ['--help'])
    const text = Buffer.concat(await help.child.stdout!.toArray()).toString()
    for (const name of ['STUDIO_DIR', 'STUDIO_PUBLIC_ORIGINS', 'ENGINE_URL']) expect(text).toContain(name)

    const wrong = launch({ STUDIO_PUBLIC_ORIGINS: 'studio.example' })
    const [code] = await once(wrong.child, 'close')
    expect(code).toBe(2)
    expect(wrong.lines.join('\n')).toMatch(/^Pod Studio cannot start: STUDIO_PUBLIC_ORIGINS.*"studio\.example"/m)
  })

  it('says in a sentence that its port is taken', async () => {
    const running = await start({ ENGINE_URL: 'http://127.0.0.1:9' })
    const other = launch({ STUDIO_PORT: new URL(running.url).port, ENGINE_URL: 'http://127.0.0.1:9' })
    const [code] = await once(other.child, 'close')
    expect([code, other.lines.at(-1)]).toEqual([
      2,
      'Pod Studio cannot start: its port is in use (STUDIO_PORT chooses another)',
    ])
  })
})
