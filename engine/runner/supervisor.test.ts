import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Prompt } from '#contracts/comfy/prompt'
import { findProjectRoot } from '#platform/project-root'
import type { RunnerConfig } from './config.ts'
import type { FromRunner, RunRequest } from './messages.ts'
import { createRunnerSupervisor, type RunnerState, type RunnerSupervisor, type SupervisorTimes } from './supervisor.ts'

const entry = {
  path: join(findProjectRoot(), 'engine', 'runner', 'testing', 'runner-with-test-nodes.ts'),
  execArgv: ['--import', 'tsx'],
}

/** For what a child does by itself, milliseconds. */
const patience = 100_000

let root: string
let supervisor: RunnerSupervisor | null
let states: RunnerState[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'runner-'))
  for (const name of ['input', 'output', 'temp']) await mkdir(join(root, name))
  supervisor = null
  states = []
})

afterEach(async () => {
  await supervisor?.close()
  await rm(root, { recursive: true, force: true })
})

function start(times: Partial<SupervisorTimes> = {}, environment: Record<string, string> = {}): RunnerSupervisor {
  const config: RunnerConfig = {
    mode: 'run',
    directories: {
      input: join(root, 'input'),
      output: join(root, 'output'),
      temp: join(root, 'temp'),
      customNodes: join(root, 'custom_nodes'),
      modelRoots: [],
    },
    device: 'cpu',
    cacheMode: 'fit',
    cacheMaxBytes: 1e8,
    modelMaxBytes: 1e8,
    metadata: true,
  }
  supervisor = createRunnerSupervisor({
    entry,
    config: () => config,
    environment: { ...process.env, STUDIO_API_KEY: 'secret', HF_TOKEN: 'secret', ...environment },
    log: () => undefined,
    onState: (state) => states.push(state),
    times: { backoff: 10, ...times },
  })
  return supervisor
}

function request(prompt: Prompt, change: Partial<RunRequest> = {}): RunRequest {
  return {
    promptId: 'p1',
    job: '20261122_120000_abcdef',
    prompt,
    outputsToExecute: Object.keys(prompt),
    extraData: {},
    naming: 'studio',
    outputKinds: {},
    ...change,
  }
}

const node = (class_type: string, inputs: Record<string, unknown> = {}) => ({ class_type, inputs })

/** Runs a prompt and keeps what it said. */
function run(on: RunnerSupervisor, prompt: Prompt, change: Partial<RunRequest> = {}) {
  const messages: FromRunner[] = []
  const seen = (type: string) =>
    vi.waitFor(() => {
      const found = messages.some((message) => message.type === 'message' && message.message.type === type)
      if (!found) throw new Error(`no ${type} yet`)
    }, patience)
  const outcome = on.run(request(prompt, change), (message) => messages.push(message))
  return {
    messages,
    outcome,
    seen,
    types: () => messages.map((message) => (message.type === 'message' ? message.message.type : message.type)),
  }
}

describe('a runner child', () => {
  it('runs a prompt that was given before it was ready, and tells what happens in order', async () => {
    const { outcome, types, messages } = run(start(), { end: node('TestPreview') })
    expect(await outcome).toMatchObject({ status: 'success', error: null })
    expect(types()).toEqual([
      'execution_start',
      'execution_cached',
      'progress_state',
      'executing',
      'progress_state',
      'progress',
      'preview',
      'text',
      'executed',
      'progress_state',
      'execution_success',
    ])
    const preview = messages.find((message) => message.type === 'preview')
    expect(preview).toMatchObject({ nodeId: 'end', displayNodeId: 'end', realNodeId: 'end', format: 'jpeg' })
    expect(preview && [...preview.bytes]).toEqual([1, 2, 3])
  })

  it('sees no key and no token of its parent', async () => {
    const { outcome } = run(start(), { end: node('TestPreview') })
    expect((await outcome).outputs.end).toEqual({ secrets: [[]] })
  })

  it('writes files into the job’s folder and reports each', async () => {
    const { outcome, messages } = run(start(), { save: node('TestSave', { text: 'hi' }) })
    expect((await outcome).outputs.save?.files).toHaveLength(1)
    const [file] = messages.flatMap((message) => (message.type === 'output' ? [message.file] : []))
    expect(file).toMatchObject({ filename: 'final_00001.txt', kind: 'final', node_id: 'save', size: 2 })
    expect(await readFile(join(root, 'output', file!.subfolder, file!.filename), 'utf8')).toBe('hi')
  })

  it('makes files anew for each studio job, and for a Comfy prompt only when they were deleted', async () => {
    const on = start()
    const prompt = { save: node('TestSave', { text: 'hi' }) }
    const filesOf = async (change: Partial<RunRequest>) => {
      const { outcome, messages } = run(on, prompt, change)
      await outcome
      return messages.flatMap((message) => (message.type === 'output' ? [message.file.subfolder] : []))
    }
    expect(await filesOf({ job: 'job1' })).toEqual(['job1/final'])
    expect(await filesOf({ job: 'job2' })).toEqual(['job2/final'])
    expect(await filesOf({ job: 'job3', naming: 'comfy' })).toEqual(['job3/final'])
    expect(await filesOf({ job: 'job4', naming: 'comfy' })).toEqual([])
    await rm(join(root, 'output', 'job3'), { recursive: true })
    expect(await filesOf({ job: 'job5', naming: 'comfy' })).toEqual(['job5/final'])
  })

  it('reports its memory after a run, and forgets results when told to', async () => {
    const on = start()
    const prompt = { end: node('TestShow', { value: 1 }) }
    await run(on, prompt, { naming: 'comfy' }).outcome
    await vi.waitFor(() => expect(on.memory?.cacheBytes).toBeGreaterThan(0), patience)
    on.free({ unloadModels: true, freeMemory: true })
    await vi.waitFor(() => expect(on.memory?.cacheBytes).toBe(0), patience)
    const again = run(on, prompt, { naming: 'comfy' })
    await again.outcome
    expect(again.types()).toContain('executing')
  })
})

describe('interrupting', () => {
  it('stops a run at its next progress report, and the child goes on living', async () => {
    const on = start()
    const first = run(on, { work: node('TestWork') })
    await first.seen('progress')
    const pid = on.state.pid
    on.interrupt('another prompt')
    on.interrupt('p1')
    expect(await first.outcome).toMatchObject({ status: 'interrupted', error: null })
    expect(first.types().at(-1)).toBe('execution_interrupted')
    expect(await run(on, { end: node('TestShow', { value: 1 }) }).outcome).toMatchObject({ status: 'success' })
    expect(on.state.pid).toBe(pid)
  })

  it('kills a run that does not listen once the grace time is over', async () => {
    const on = start({ interruptGrace: 100 })
    const { outcome, seen, messages } = run(on, { hang: node('TestHang') })
    await seen('executing')
    on.interrupt('p1')
    expect(await outcome).toMatchObject({ status: 'interrupted', error: null })
    expect(messages.at(-1)).toMatchObject({
      message: { type: 'execution_interrupted', data: { node_id: 'hang', node_type: 'TestHang', executed: [] } },
    })
    expect(await run(on, { end: node('TestShow', { value: 1 }) }).outcome).toMatchObject({ status: 'success' })
  })

  it('works through an abort signal, also before the child is ready', async () => {
    const controller = new AbortController()
    const outcome = start().run(request({ end: node('TestHang') }), () => undefined, { signal: controller.signal })
    controller.abort()
    expect(await outcome).toMatchObject({ status: 'interrupted' })
  })

  it('reaches a child that was stopped by SIGSTOP', async () => {
    const on = start({ interruptGrace: 100 })
    const { outcome, seen } = run(on, { work: node('TestWork') })
    await seen('progress')
    process.kill(on.state.pid!, 'SIGSTOP')
    on.interrupt('p1')
    expect(await outcome).toMatchObject({ status: 'interrupted' })
  })
})

describe('a child that dies', () => {
  it.each([
    ['kill', 'most likely because memory ran out'],
    ['abort', 'crashed in native code (SIGABRT)'],
    ['heap', 'ran out of memory'],
    ['exit', 'stopped by itself (exit code 3)'],
  ])('by %s ends its run as an error in words and is replaced', async (how, words) => {
    const on = start()
    const first = run(on, { die: node('TestDie', { how }) })
    const { status, error } = await first.outcome
    expect(status).toBe('error')
    expect(error).toMatchObject({ type: 'RunnerCrashed', node_id: 'die', node_type: 'TestDie' })
    expect(error?.message).toContain(words)
    expect(first.messages.at(-1)).toMatchObject({
      message: { type: 'execution_error', data: { exception_type: 'RunnerCrashed', node_id: 'die' } },
    })
    expect(await run(on, { end: node('TestShow', { value: 1 }) }).outcome).toMatchObject({ status: 'success' })
    expect(on.state.restarts).toBe(1)
  })

  it('keeps the outputs that were finished before', async () => {
    const { outcome } = run(
      start(),
      { first: node('TestShow', { value: 1 }), die: node('TestDie', { how: 'exit' }) },
      { outputsToExecute: ['first', 'die'] },
    )
    expect(await outcome).toMatchObject({
      status: 'error',
      outputs: { first: { values: [1] } },
      meta: { first: { node_id: 'first', display_node: 'first', parent_node: null, real_node_id: 'first' } },
    })
  })

  it('at its start is tried again with growing pauses, and says why it is down', async () => {
    const on = start({ backoff: 1, maxBackoff: 4 }, { CUDA_TEST_CRASH_AT_START: '1' })
    await vi.waitFor(() => expect(on.state.restarts).toBeGreaterThanOrEqual(2), patience)
    const down = states.filter((state) => state.state === 'down')
    expect(down[0]?.detail).toContain('no libraries found')
    expect(states.map((state) => state.state)).not.toContain('ready')
  })

  it('while idle is replaced', async () => {
    const on = start()
    await vi.waitFor(() => expect(on.state.state).toBe('ready'), patience)
    process.kill(on.state.pid!, 'SIGKILL')
    await vi.waitFor(() => expect(on.state).toMatchObject({ state: 'ready', restarts: 1 }), patience)
  })

  it('or is stopped while idle is found by a question it does not answer', async () => {
    const on = start({ idlePing: 50, answer: 3000 })
    await vi.waitFor(() => expect(on.state.state).toBe('ready'), patience)
    const stopped = on.state.pid!
    process.kill(stopped, 'SIGSTOP')
    await vi.waitFor(() => {
      expect(on.state.state).toBe('ready')
      expect(on.state.pid).not.toBe(stopped)
    }, patience)
    expect(states.find(({ state }) => state === 'down')?.detail).toBe('The runner did not answer for 3 seconds.')
  })
})

describe('the states of a supervisor', () => {
  it('are starting, ready, busy, ready, and down once it is closed', async () => {
    const on = start()
    await vi.waitFor(() => expect(on.state.state).toBe('ready'), patience)
    await run(on, { end: node('TestShow', { value: 1 }) }).outcome
    await on.close()
    const order = states.map((state) => state.state).filter((state, index, all) => state !== all[index - 1])
    expect(order).toEqual(['starting', 'ready', 'busy', 'ready', 'down'])
    expect(on.state).toMatchObject({ device: 'cpu', restarts: 0, pid: null })
  })

  it('let a run under way end as interrupted when it is closed', async () => {
    const on = start()
    const { outcome, seen } = run(on, { hang: node('TestHang') })
    await seen('executing')
    await on.close()
    expect(await outcome).toMatchObject({ status: 'interrupted' })
  })

  it('refuse a second run at the same time', async () => {
    const on = start()
    const first = run(on, { work: node('TestWork') })
    await expect(on.run(request({}), () => undefined)).rejects.toThrow('A run is under way')
    on.interrupt('p1')
    await first.outcome
  })
})
