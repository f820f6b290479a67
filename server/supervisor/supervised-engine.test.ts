import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineLink, EngineLinkState } from './engine-link.ts'
import { scrubbedEnvironment } from './scrubbed-environment.ts'
import { createSupervisedEngine, type SupervisedEngineOptions } from './supervised-engine.ts'

let directory: string
let engine: EngineLink
const warnings: string[] = []
const states: EngineLinkState[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-supervisor-'))
  warnings.length = 0
  states.length = 0
})
afterEach(async () => {
  await engine.stop(1000)
  await rm(directory, { recursive: true, force: true })
})

/** Code of a child that serves like an engine; `extra` runs in it afterwards. */
const serving = (extra = '') => `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => response.end('{}'))
  server.listen(0, '127.0.0.1', () => {
    console.log('some other line')
    console.log('Engine listening on http://127.0.0.1:' + server.address().port)
    ${extra}
  })
  process.on('disconnect', () => process.exit())
`

async function start(code: string, options: Partial<SupervisedEngineOptions> = {}): Promise<void> {
  const script = join(directory, 'engine.mjs')
  await writeFile(script, code)
  engine = createSupervisedEngine({
    command: [script],
    environment: { PATH: process.env.PATH ?? '', DIRECTORY: directory },
    apiKey: null,
    now: Date.now,
    log: { info: () => undefined, warn: (message) => warnings.push(message) },
    timing: { firstPause: 10, longestPause: 40 },
    ...options,
  })
  engine.onChange((state) => states.push(state))
  engine.start()
}

function reached(satisfied: (state: EngineLinkState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (satisfied(engine.state())) return resolve()
    const stop = engine.onChange((state) => {
      if (!satisfied(state)) return
      stop()
      resolve()
    })
  })
}
const ready = () => reached(({ state }) => state === 'ready')

describe('a supervised engine', () => {
  it('is ready when it says where it listens, and has no address before', async () => {
    await start(serving())
    expect(engine.address()).toBeNull()
    expect(engine.whyNot()).toMatch(/starting/)
    await ready()
    const response = await fetch(engine.address()!.url)
    expect(response.status).toBe(200)
    expect(engine.state()).toMatchObject({ detail: null, restarts: 0, pid: expect.any(Number) })
  })

  it('is started again when it is killed, with a new address', async () => {
    await start(serving())
    await ready()
    const first = engine.address()!.url
    process.kill(engine.state().pid!, 'SIGKILL')
    await reached(({ state }) => state === 'down')
    expect(engine.state().detail).toBe('It was ended by SIGKILL. Its last words: some other line')
    expect(engine.address()).toBeNull()
    expect(engine.whyNot()).toMatch(/^The engine is down: It was ended by SIGKILL/)
    await ready()
    expect(engine.state().restarts).toBe(1)
    expect(engine.address()!.url).not.toBe(first)
  })

  it('that crashes at start is tried again and again, and says why in its own words', async () => {
    await start(`throw new TypeError('no weights here')`, { timing: { firstPause: 20, longestPause: 100 } })
    await reached(({ restarts }) => restarts === 4)
    expect(engine.state().restarts).toBe(4)
    expect(states.find(({ state }) => state === 'down')?.detail).toBe(
      'It ended with code 1. Its last words: TypeError: no weights here',
    )
    expect(warnings.length).toBe(4)
    expect(warnings[0]).toContain('no weights here')
  })

  it('that cannot be started at all leaves the studio alive', async () => {
    await start('', { command: [join(directory, 'missing.mjs')] })
    await reached(({ state }) => state === 'down')
    expect(engine.state().detail).toMatch(/Cannot find module/)
  })

  it('that hangs is killed and started again', async () => {
    await start(
      serving(`
        import('node:fs').then(({ existsSync, writeFileSync }) => {
          const marker = process.env.DIRECTORY + '/hung'
          if (existsSync(marker)) return
          writeFileSync(marker, '')
          process.kill(process.pid, 'SIGSTOP')
        })`),
      { timing: { firstPause: 10, probeInterval: 20, probeTimeout: 200, hungAfter: 500 } },
    )
    await reached(({ restarts, state }) => restarts === 1 && state === 'ready')
    expect(states.find(({ state }) => state === 'down')?.detail).toBe('It stopped answering and was ended')
  })

  it('is told to end, and killed when it does not', async () => {
    await start(serving(`process.on('SIGTERM', () => console.log('not yet'))`))
    await ready()
    const pid = engine.state().pid!
    await engine.stop(100)
    expect(existsSync(`/proc/${pid}/cmdline`) && (await readFile(`/proc/${pid}/cmdline`, 'utf8')) !== '').toBe(false)
    expect(engine.state().state).toBe('down')
  })

  it('is not started again after the studio was told to end', async () => {
    await start(`throw new Error('always')`, { timing: { firstPause: 5 } })
    await reached(({ state }) => state === 'down')
    await engine.stop(100)
    const { restarts } = engine.state()
    await once(AbortSignal.timeout(100), 'abort')
    expect(engine.state().restarts).toBe(restarts)
  })
})

it('children see the environment without anything that opens a door', () => {
  const environment = {
    PATH: '/bin',
    HOME: '/root',
    CUDA_VISIBLE_DEVICES: '0',
    RUNPOD_POD_ID: 'abc',
    ENGINE_CACHE: 'lru:10',
    KEYBOARD: 'qwerty',
    RUNPOD_API_KEY: 'x',
    STUDIO_API_KEY: 'x',
    HF_TOKEN: 'x',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    RUNPOD_SECRET_civitai: 'x',
    JUPYTER_PASSWORD: 'x',
    PUBLIC_KEY: 'x',
    apikey: 'x',
  } as unknown as NodeJS.ProcessEnv
  expect(Object.keys(scrubbedEnvironment(environment)).sort()).toEqual(
    ['CUDA_VISIBLE_DEVICES', 'ENGINE_CACHE', 'HOME', 'KEYBOARD', 'PATH', 'RUNPOD_POD_ID'].sort(),
  )
})
