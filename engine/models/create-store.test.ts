import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { InterruptedError, NodeError } from '../nodes/define.ts'
import { createModelStore } from './create-store.ts'
import { OnnxGraph } from './onnx/graph-builder.ts'
import { createFloatTensor } from './runtime/tensor.ts'
import type { NetworkSource } from './store.ts'
import { shippedModels } from './testing/photos.ts'

const upscalers = join(shippedModels, 'upscale_models')
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** A small network that multiplies by `factor`, as ncnn files. */
async function saveMultiplier(name: string, factor: number): Promise<string> {
  const path = join(directory, `${name}.param`)
  const text = `7767517\n2 2\nInput in 0 1 data 2=3\nBinaryOp b 1 1 data out 0=2 1=1 2=${factor}\n`
  // As a user's download does: the new file takes the old one's place.
  await writeFile(`${path}.part`, text)
  await rename(`${path}.part`, path)
  await writeFile(join(directory, `${name}.bin`), '')
  return path
}

function createStore(maxBytes = 1e9) {
  const events: string[] = []
  const openings: (string | null)[] = []
  const store = createModelStore({
    device: 'cpu',
    maxBytes,
    threads: 1,
    log: (_level, message) => events.push(message),
    onOpening: (name) => openings.push(name),
  })
  return { store, events, openings }
}

async function multiply(session: Awaited<ReturnType<ReturnType<typeof createModelStore>['open']>>['session']) {
  const input = createFloatTensor(Float32Array.of(1, 2, 3), [1, 3, 1, 1])
  return [...((await session.run({ data: input })).out!.data as Float32Array)]
}

it('opens a file once, however often and however concurrently it is asked for, and says while it does', async () => {
  const { store, events, openings } = createStore()
  const path = join(upscalers, 'waifu2x-cunet-noise1.param')
  const all = await Promise.all([store.open(path), store.open(path), store.open(path)])
  await store.open(path)
  expect(new Set(all.map(({ facts }) => facts)).size).toBe(1)
  expect(events).toEqual(['opened waifu2x-cunet-noise1.param on cpu, 10 MB'])
  expect(openings).toEqual(['waifu2x-cunet-noise1.param', null])
  expect(store.list()).toMatchObject([{ path, format: 'ncnn' }])
  await store.unloadAll()
  expect(store.list()).toEqual([])
})

/** One operator, which takes as long as its matrix is large. */
const product: NetworkSource = {
  ...{ key: 'product', label: 'product.safetensors', bytes: 1 },
  build() {
    const graph = new OnnxGraph()
    graph.input('a', ['n', 'n'])
    graph.node('MatMul', ['a', 'a'], {}, 'out')
    graph.output('out', ['n', 'n'])
    return graph.finish()
  },
}
const square = (side: number) => ({ a: createFloatTensor(new Float32Array(side * side), [side, side]) })

it('ends an interrupted run at once, even within an operator; what runs next waits for that operator', async () => {
  const { store } = createStore()
  const network = store.network(product)
  await network.run(square(2))
  const controller = new AbortController()
  store.interruptWith(controller.signal)
  const ends: string[] = []
  const interrupted = network.run(square(3500)).catch((error: unknown) => {
    ends.push('interrupted')
    return error
  })
  // Another prompt's run: what ended the first is nothing to it.
  store.interruptWith(new AbortController().signal)
  const next = network.run(square(2)).then(() => ends.push('next'))
  // The runtime has begun by then.
  for (let turns = 0; turns < 20; turns += 1) await nextTurn()
  controller.abort()
  await nextTurn()
  expect(ends).toEqual(['interrupted'])
  expect(await interrupted).toBeInstanceOf(InterruptedError)
  await next
  await store.unloadAll()
})

it('opens a file again when it was replaced', async () => {
  const { store } = createStore()
  const path = await saveMultiplier('replaced', 2)
  expect(await multiply((await store.open(path)).session)).toEqual([2, 4, 6])
  await saveMultiplier('replaced', 10)
  expect(await multiply((await store.open(path)).session)).toEqual([10, 20, 30])
  expect(store.list()).toHaveLength(1)
  await store.unloadAll()
})

it('keeps a session usable for the node that holds it, also after everything was unloaded', async () => {
  const { store, events } = createStore()
  const { session } = await store.open(await saveMultiplier('held', 3))
  await store.unloadAll()
  expect(await multiply(session)).toEqual([3, 6, 9])
  expect(events.map((event) => event.split(' ')[0])).toEqual(['opened', 'closed', 'opened'])
  await store.unloadAll()
})

it('does not close a session under its run', async () => {
  const { store } = createStore()
  const { session } = await store.open(await saveMultiplier('busy', 3))
  const results = Promise.all([multiply(session), store.unloadAll(), multiply(session), store.unloadAll()])
  expect((await results).filter(Boolean)).toEqual([
    [3, 6, 9],
    [3, 6, 9],
  ])
  await store.unloadAll()
})

it('answers every run that competes with closing, again and again', async () => {
  const { store } = createStore()
  const { session } = await store.open(await saveMultiplier('contested', 2))
  const stop = new AbortController()
  const closing = (async () => {
    while (!stop.signal.aborted) {
      await nextTurn()
      await store.unloadAll()
    }
  })()
  for (let round = 0; round < 40; round += 1) {
    const results = await Promise.all([multiply(session), multiply(session), multiply(session)])
    expect(results).toEqual(Array(3).fill([2, 4, 6]))
  }
  stop.abort()
  await closing
  await store.unloadAll()
})

it('closes what was used longest ago when there is too much', async () => {
  // Two of the networks fit: each is counted as 10 MB.
  const { store } = createStore(22e6)
  const [first, second, third] = ['noise1', 'noise2', 'noise3'].map((name) =>
    join(upscalers, `waifu2x-cunet-${name}.param`),
  ) as [string, string, string]
  await store.open(first)
  await store.open(second)
  await store.open(first)
  await store.open(third)
  expect(store.list().map(({ path }) => path)).toEqual([first, third])
  await store.unloadAll()
})

it('opens a model that is larger than the bound, alone', async () => {
  const { store } = createStore(1)
  const path = join(upscalers, 'waifu2x-cunet-noise1.param')
  await store.open(await saveMultiplier('small', 1))
  await store.open(path)
  expect(store.list().map((facts) => facts.path)).toEqual([path])
  await store.unloadAll()
})

it('names the file that is missing, half there, or no network', async () => {
  const { store } = createStore()
  const missing = store.open(join(directory, 'none.onnx'))
  await expect(missing).rejects.toThrow(new NodeError('none.onnx does not exist', 'FileNotFoundError'))
  const alone = join(directory, 'alone.param')
  await copyFile(join(upscalers, 'waifu2x-cunet-noise1.param'), alone)
  await expect(store.open(alone)).rejects.toThrow('alone.param needs its weights beside it')
  const text = join(directory, 'text.onnx')
  await writeFile(text, 'hello')
  await expect(store.open(text)).rejects.toThrow(/^text\.onnx is no model file/)
  await expect(store.open(directory)).rejects.toThrow(/is not a file$/)
})

it('says in words what is wrong with a run, and goes on', async () => {
  const { store } = createStore()
  const { session } = await store.open(await saveMultiplier('wrong', 2))
  const input = createFloatTensor(Float32Array.of(1, 2), [1, 2, 1, 1])
  await expect(session.run({ data: input })).rejects.toThrow(/^wrong\.param failed: /)
  expect(await multiply(session)).toEqual([2, 4, 6])
  await store.unloadAll()
})

it('leaves the runtime on disk until a model is opened', async () => {
  const url = (path: string) => new URL(path, import.meta.url).href
  const source = `
    import { readFileSync } from 'node:fs'
    const { modelNodes } = await import(${JSON.stringify(url('../nodes/model/index.ts'))})
    const { createModelStore } = await import(${JSON.stringify(url('create-store.ts'))})
    const store = createModelStore({ device: 'cpu', maxBytes: 1, log() {} })
    const loaded = () => readFileSync('/proc/self/maps', 'utf8').includes('onnxruntime')
    const before = loaded()
    await store.open(${JSON.stringify(join(upscalers, 'waifu2x-cunet-noise1.param'))})
    console.log(modelNodes.length, before, loaded())
  `
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', source],
    { cwd: root },
  )
  expect(stdout.trim()).toBe('6 false true')
})
