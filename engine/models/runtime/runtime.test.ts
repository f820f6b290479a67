import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Tensor } from 'onnxruntime-common'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { OnnxGraph } from '../onnx/graph-builder.ts'
import { createCRuntime } from './c-runtime.ts'
import { createNodeBindingRuntime } from './node-binding.ts'
import type { Runtime, SessionSettings } from './session.ts'
import { createFloatTensor } from './tensor.ts'

const cpu: SessionSettings = { device: 'cpu', threads: 1 }
const [shippedModel] = ['selfie-segmentation.onnx'].map((name) =>
  join(findProjectRoot(), 'studio-data/defaults/models/background_removal', name),
)

/** `total = a · aᵀ` and `twice = a + a`, of any size. */
function sums(): Uint8Array {
  const graph = new OnnxGraph()
  graph.input('a', ['rows', 3])
  const turned = graph.node('Transpose', ['a'], { perm: [1, 0] })
  graph.node('MatMul', ['a', turned], {}, 'total')
  graph.node('Add', ['a', 'a'], {}, 'twice')
  graph.output('total', ['rows', 'rows'])
  graph.output('twice', ['rows', 3])
  return graph.finish()
}

/** A chain of large products: seconds of work for one run. */
function slow(): Uint8Array {
  const size = 1024
  const graph = new OnnxGraph()
  graph.input('a', [size, size])
  let last = 'a'
  for (let index = 0; index < 60; index += 1) last = graph.node('MatMul', [last, 'a'])
  graph.node('ReduceMean', [last], {}, 'mean')
  graph.output('mean', [1, 1])
  return graph.finish()
}

describe.each<[string, () => Runtime]>([
  ['the C interface', createCRuntime],
  ['the Node binding', createNodeBindingRuntime],
])('%s', (_name, create) => {
  let runtime: Runtime
  beforeAll(() => {
    runtime = create()
  })

  it('says what a model takes and gives, runs it with any size, and computes what is asked for', async () => {
    const session = await runtime.open(sums(), cpu)
    expect(session.inputs).toEqual([{ name: 'a', shape: ['rows', 3] }])
    expect(session.outputs).toEqual([
      { name: 'total', shape: ['rows', 'rows'] },
      { name: 'twice', shape: ['rows', 3] },
    ])
    const both = await session.run({ a: createFloatTensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) })
    expect(both.total).toMatchObject({ dims: [2, 2], type: 'float32', data: Float32Array.of(14, 32, 32, 77) })
    const one = await session.run({ a: createFloatTensor(Float32Array.of(1, 2, 3), [1, 3]) }, ['twice'])
    expect(Object.keys(one)).toEqual(['twice'])
    expect(one.twice!.data).toEqual(Float32Array.of(2, 4, 6))
    await session.release()
  })

  it('opens a file by its path', async () => {
    const session = await runtime.open(shippedModel!, cpu)
    expect(session.inputs[0]!.shape).toEqual([1, 256, 256, 3])
    await session.release()
  })

  it('says in words what is wrong with a model or with a feed', async () => {
    await expect(runtime.open(Uint8Array.of(8, 7, 1, 2, 3), cpu)).rejects.toThrow(/./)
    await expect(runtime.open('/nowhere/model.onnx', cpu)).rejects.toThrow(/model\.onnx/)
    const session = await runtime.open(sums(), cpu)
    await expect(session.run({ a: createFloatTensor(Float32Array.of(1, 2), [1, 2]) })).rejects.toThrow(/3/)
    await expect(session.run({ b: createFloatTensor(Float32Array.of(1), [1]) })).rejects.toThrow(/./)
    await expect(session.run({ a: new Tensor('int32', Int32Array.of(1, 2, 3), [1, 3]) })).rejects.toThrow(/./)
    await session.release()
  })
})

describe('a long run through the C interface', () => {
  const square = new Float32Array(1024 * 1024).fill(1e-3)

  it('leaves the event loop free, ends when it is aborted, and leaves a session that runs again', async () => {
    const session = await createCRuntime().open(slow(), { ...cpu, threads: 2 })
    const controller = new AbortController()
    let turns = 0
    const ticking = setInterval(() => {
      turns += 1
      if (turns === 3) controller.abort()
    }, 5)
    const run = session.run({ a: createFloatTensor(square, [1024, 1024]) }, ['mean'], { signal: controller.signal })
    await expect(run).rejects.toThrow(/terminate/)
    clearInterval(ticking)
    expect(turns).toBeGreaterThanOrEqual(3)
    const { mean } = await session.run({ a: createFloatTensor(square, [1024, 1024]) })
    expect(mean!.dims).toEqual([1, 1])
    const aborted = session.run({ a: createFloatTensor(square, [1024, 1024]) }, ['mean'], { signal: controller.signal })
    await expect(aborted).rejects.toThrow(/abort/i)
    await session.release()
    await expect(session.run({})).rejects.toThrow('the session is closed')
  })
})

describe('telemetry', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'runtime-home-'))
  })
  afterEach(() => rm(home, { recursive: true, force: true }))

  const openSession = `
    import { openRuntime } from './engine/models/runtime/open-runtime.ts'
    const runtime = await openRuntime()
    const session = await runtime.open(process.argv[1], { device: 'cpu', threads: 1 })
    await session.release()
  `

  it('a session reports to nobody: no device id, no queue of reports', async () => {
    await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', openSession, shippedModel!],
      {
        cwd: findProjectRoot(),
        env: {
          PATH: process.env.PATH,
          HOME: home,
          TMPDIR: home,
          TSX_DISABLE_CACHE: '1',
        } as unknown as NodeJS.ProcessEnv,
      },
    )
    expect(await readdir(home, { recursive: true })).toEqual([])
  })
})
