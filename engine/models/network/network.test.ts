/** @file Networks over weights in their files, run by the real runtime: every way in which a tensor may be stored. */
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createModelStore } from '../create-store.ts'
import { createFloatTensor, createIntegerTensor } from '../runtime/tensor.ts'
import { runtimeError } from '../runtime-error.ts'
import type { Dtype } from '../safetensors/dtypes.ts'
import { readSafetensors } from '../safetensors/read-safetensors.ts'
import { tinyTensor, writeTinySafetensors } from '../testing/tiny-weights.ts'
import { describeNetwork, type NetworkDescription } from './describe-network.ts'
import type { Layers } from './layers.ts'
import { fileSource, recordingSource } from './tensor-source.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'network-'))
})
afterAll(() => rm(directory, { recursive: true }))

function createStore(maxBytes = 1e9) {
  const events: string[] = []
  const log = (_level: string, message: string) => events.push(message)
  return { store: createModelStore({ device: 'cpu', maxBytes, threads: 1, log }), events }
}

const shapes = new Map([
  ['odd', [1]],
  ['part.fc.weight', [4, 3]],
  ['part.fc.bias', [4]],
  ['part.point.weight', [2, 3, 1, 1]],
  ['part.steps', [2]],
])

async function save(name = 'weights.safetensors', dtype: Dtype = 'F32') {
  const path = join(directory, name)
  await writeTinySafetensors(`${path}.part`, shapes, { dtype })
  await rename(`${path}.part`, path)
  return fileSource(await readSafetensors(path), { prefix: 'part.' })
}

/** y = x W' + b, on rows of 3. */
function linear(layers: Layers) {
  layers.graph.input('x', ['rows', 3])
  layers.toOutput(layers.linear(layers.toPrecision('x'), 'fc', { inputs: 3, outputs: 4 }), 'y')
  layers.graph.output('y', ['rows', 4])
}

async function run(
  description: Pick<NetworkDescription, 'source' | 'build'> & Partial<NetworkDescription>,
  x: number[],
) {
  const { store } = createStore()
  const session = store.network(describeNetwork({ kind: 'test', config: null, device: 'cpu', ...description }))
  const { y } = await session.run({ x: createFloatTensor(Float32Array.from(x), [x.length / 3, 3]) })
  await store.unloadAll()
  return [...(y!.data as Float32Array)]
}

const x = [1, 2, -3]

function expected(from = 0, to = 4) {
  const weight = tinyTensor('part.fc.weight', [4, 3])
  const bias = tinyTensor('part.fc.bias', [4])
  const rows = [0, 1, 2, 3].map((row) => x.reduce((sum, value, at) => sum + value * weight[row * 3 + at]!, bias[row]!))
  return rows.slice(from, to)
}

function expectClose(actual: number[], wanted: number[], tolerance: number) {
  expect(actual).toHaveLength(wanted.length)
  for (const [index, value] of wanted.entries()) expect(Math.abs(actual[index]! - value)).toBeLessThan(tolerance)
}

it.each<[Dtype, tolerance: number]>([
  ['F32', 1e-6],
  ['F64', 1e-6],
  ['F16', 2e-3],
  ['BF16', 2e-2],
  ['F8_E4M3', 0.2],
  ['F8_E5M2', 0.4],
])('reads %s weights from the file, converted as it runs', async (dtype, tolerance) => {
  const source = await save(`${dtype}.safetensors`, dtype)
  const result = await run({ source, build: linear }, x)
  expectClose(result, expected(), tolerance)
  if (!['F32', 'F64'].includes(dtype)) expect(result).not.toEqual(await run({ source: await save(), build: linear }, x))
})

it.each(['scale_weight', 'weight_scale'])('multiplies weights of 8 bits by their %s', async (ending) => {
  const weight = tinyTensor('part.fc.weight', [4, 3])
  const write = async (name: string, values: Float32Array, scale?: number) => {
    const path = join(directory, name)
    const scaled = new Map<string, number[]>([
      ...shapes,
      ...(scale === undefined ? [] : [[`part.fc.${ending}`, []] as [string, number[]]]),
    ])
    const named = new Map([
      ['part.fc.weight', values] as const,
      [`part.fc.${ending}`, Float32Array.of(scale ?? 1)] as const,
    ])
    await writeTinySafetensors(path, scaled, { dtype: 'F8_E4M3', values: named })
    return fileSource(await readSafetensors(path), { prefix: 'part.' })
  }
  const plain = await write('plain8.safetensors', weight)
  const scaled = await write(
    'scaled8.safetensors',
    weight.map((value) => value * 4),
    0.25,
  )
  expect(await run({ source: scaled, build: linear }, x)).toEqual(await run({ source: plain, build: linear }, x))
  const picked = (layers: Layers) => {
    layers.graph.input('x', ['rows', 3])
    const row = layers.weights.pick('fc.weight', [4, 3], layers.integers(2))
    layers.toOutput(layers.add(row, layers.multiply('x', layers.constant([0]))), 'y')
    layers.graph.output('y', ['rows', 3])
  }
  expect(await run({ source: scaled, build: picked }, x)).toEqual(await run({ source: plain, build: picked }, x))
})

it('computes in half precision when asked to, with full precision at both ends', async () => {
  const result = await run({ source: await save(), build: linear, precision: 'float16' }, x)
  expectClose(result, expected(), 5e-3)
})

it('gives the same with every copy that the runtime can make', async () => {
  const options = { layout: 'all', prepack: true, foldConstants: true } as const
  expectClose(await run({ source: await save('half.safetensors', 'F16'), build: linear, options }, x), expected(), 2e-3)
})

it('takes rows of a larger matrix, and a 1x1 kernel as a matrix', async () => {
  const source = await save()
  const rows = (layers: Layers) => {
    layers.graph.input('x', ['rows', 3])
    layers.toOutput(layers.linear('x', 'fc', { inputs: 3, outputs: 2, part: { from: 1, of: 4 } }), 'y')
    layers.graph.output('y', ['rows', 2])
  }
  expectClose(await run({ source, build: rows }, x), expected(1, 3), 1e-6)
  const point = (layers: Layers) => {
    layers.graph.input('x', ['rows', 3])
    layers.toOutput(layers.linear('x', 'point', { inputs: 3, outputs: 2, bias: false }), 'y')
    layers.graph.output('y', ['rows', 2])
  }
  const weight = tinyTensor('part.point.weight', [2, 3, 1, 1])
  const dot = (row: number) => x.reduce((sum, value, at) => sum + value * weight[row * 3 + at]!, 0)
  expectClose(await run({ source, build: point }, x), [dot(0), dot(1)], 1e-6)
})

it('has several outputs and whole-number inputs', async () => {
  const { store } = createStore()
  const build = (layers: Layers) => {
    layers.graph.input('ids', [2], 'int64')
    const rows = layers.node('Gather', [layers.weights.tensor('fc.weight', [4, 3]), 'ids'], { axis: 0 })
    const [first, second] = layers.graph.nodeWithOutputs('Split', [rows], { axis: 0, num_outputs: 2 }, 2)
    layers.toOutput(first!, 'first')
    layers.toOutput(second!, 'second')
    layers.graph.output('first', [1, 3])
    layers.graph.output('second', [1, 3])
  }
  const source = await save()
  const session = store.network(describeNetwork({ kind: 'rows', config: null, device: 'cpu', source, build }))
  const { first, second } = await session.run({ ids: createIntegerTensor([3, 1], [2]) })
  const weight = tinyTensor('part.fc.weight', [4, 3])
  expect(first!.data).toEqual(weight.slice(9, 12))
  expect(second!.data).toEqual(weight.slice(3, 6))
  await store.unloadAll()
})

it('finds weights behind a link, as models folders have them', async () => {
  await save('target')
  await symlink(join(directory, 'target'), join(directory, 'link.safetensors'))
  const source = fileSource(await readSafetensors(join(directory, 'link.safetensors')), { prefix: 'part.' })
  expectClose(await run({ source, build: linear }, x), expected(), 1e-6)
})

it('names the file and the tensor that is missing, of another shape, or no weight', async () => {
  const source = await save()
  const ask = (name: string, shape: number[]) =>
    run({ source, build: (layers) => void layers.weights.tensor(name, shape) }, x)
  await expect(ask('gone.weight', [1])).rejects.toThrow(/^weights\.safetensors has no tensor "gone\.weight"/)
  await expect(ask('fc.weight', [5, 3])).rejects.toThrow(
    'weights.safetensors: "part.fc.weight" has the shape [4, 3], and [5, 3] is needed',
  )
  const path = join(directory, 'whole.safetensors')
  const header = '{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}'
  await writeFile(
    path,
    Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(header), Buffer.alloc(8)]),
  )
  const whole = fileSource(await readSafetensors(path))
  await expect(run({ source: whole, build: (layers) => void layers.weights.tensor('ids', [1]) }, x)).rejects.toThrow(
    'whole.safetensors: "ids" has the type I64, not that of a weight',
  )
})

it('lists what a network is made of without any file', () => {
  const source = recordingSource()
  const description = { kind: 'test', config: null, device: 'cpu', source, build: linear }
  expect(() => describeNetwork(description).build()).not.toThrow()
  return Promise.resolve(describeNetwork(description).build()).then(() => {
    expect([...source.asked]).toEqual([
      ['fc.weight', [4, 3]],
      ['fc.bias', [4]],
    ])
  })
})

it('opens a network at its first run, once, and again after it was closed', async () => {
  const { store, events } = createStore()
  const source = await save()
  const description = { kind: 'test', config: null, device: 'cpu', source, build: linear }
  const [one, other] = [store.network(describeNetwork(description)), store.network(describeNetwork(description))]
  expect(store.list()).toEqual([])
  const feeds = { x: createFloatTensor(Float32Array.from(x), [1, 3]) }
  await Promise.all([one.run(feeds), other.run(feeds)])
  expect(store.list()).toMatchObject([{ format: 'safetensors' }])
  await store.unloadAll()
  await one.run(feeds)
  expect(events.map((event) => event.split(' ')[0])).toEqual(['opened', 'closed', 'opened'])
  await store.unloadAll()
})

it('closes what was used longest ago before it opens a network that would not fit beside it', async () => {
  const { store, events } = createStore(40e6)
  const feeds = { x: createFloatTensor(Float32Array.from(x), [1, 3]) }
  for (const name of ['first.safetensors', 'second.safetensors']) {
    const source = await save(name)
    await store
      .network(describeNetwork({ kind: 'test', config: null, device: 'cpu', source, build: linear }))
      .run(feeds)
  }
  expect(events.map((event) => event.split(/ on|,/)[0])).toEqual([
    'opened first.safetensors',
    'closed first.safetensors',
    'opened second.safetensors',
  ])
  await store.unloadAll()
})

it('does not take the places of one file for those of another that replaced it', async () => {
  const { store } = createStore()
  const source = await save('replaced.safetensors')
  const session = store.network(describeNetwork({ kind: 'test', config: null, device: 'cpu', source, build: linear }))
  const feeds = { x: createFloatTensor(Float32Array.from(x), [1, 3]) }
  await session.run(feeds)
  await save('replaced.safetensors', 'F16')
  // What is open goes on: it holds the old file.
  await session.run(feeds)
  await store.unloadAll()
  await expect(session.run(feeds)).rejects.toThrow(/^replaced\.safetensors was replaced while it was in use: run again/)
})

it('tells a lack of memory from other failures, with advice', () => {
  const error = runtimeError('a.safetensors failed', new Error('bad allocation: Failed to allocate memory for 8 GB'))
  expect(error.exceptionType).toBe('OutOfMemoryError')
  expect(error.message).toMatch(/^a\.safetensors failed: there is not enough memory\. Use a smaller picture/)
  expect(runtimeError('a failed', new Error('bad shape\nat node')).message).toBe('a failed: bad shape')
})
