import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NodeError } from '../../nodes/define.ts'
import { createModelStore } from '../create-store.ts'
import { createFloatTensor } from '../runtime/tensor.ts'
import { shippedModels } from '../testing/photos.ts'
import { checkOnnxFile } from './check-file.ts'
import { OnnxGraph } from './graph-builder.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

const selfie = join(shippedModels, 'background_removal', 'selfie-segmentation.onnx')
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onnx-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function save(bytes: Uint8Array | string, name = 'model.onnx'): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, bytes)
  return path
}

/** `y = x + w`, the two values of `w` kept outside of the file. */
function withExternalWeights(entries: Record<string, string>): Uint8Array {
  const weights = new ProtobufWriter().int(1, 2).int(2, 1).string(8, 'w')
  for (const [key, value] of Object.entries(entries)) {
    weights.message(13, new ProtobufWriter().string(1, key).string(2, value))
  }
  weights.int(14, 1)
  const shape = new ProtobufWriter().message(1, new ProtobufWriter().int(1, 2))
  const type = new ProtobufWriter().message(1, new ProtobufWriter().int(1, 1).message(2, shape))
  const value = (name: string) => new ProtobufWriter().string(1, name).message(2, type)
  const node = new ProtobufWriter().string(1, 'x').string(1, 'w').string(2, 'y').string(4, 'Add')
  const graph = new ProtobufWriter()
    .message(1, node)
    .string(2, 'graph')
    .message(5, weights)
    .message(11, value('x'))
    .message(12, value('y'))
  const operators = new ProtobufWriter().string(1, '').int(2, 17)
  return new ProtobufWriter().int(1, 8).message(7, graph).message(8, operators).finish()
}

it('accepts a real model and knows its size', async () => {
  expect(await checkOnnxFile(selfie, 'selfie')).toEqual({ bytes: 457_874, externalFiles: [] })
})

it('accepts what the graph builder makes', async () => {
  const graph = new OnnxGraph()
  graph.input('x', [1, 'n'])
  graph.node('Add', ['x', graph.floats('one', [1], [1])], {}, 'y')
  graph.output('y', [1, 'n'])
  const path = await save(graph.finish())
  await expect(checkOnnxFile(path, 'built')).resolves.toMatchObject({ externalFiles: [] })
})

it('refuses a model that was cut off, wherever', async () => {
  const bytes = await readFile(selfie)
  for (const share of [0.001, 0.1, 0.5, 0.9, 0.9999]) {
    const path = await save(bytes.subarray(0, Math.floor(bytes.length * share)))
    await expect(checkOnnxFile(path, 'short.onnx')).rejects.toThrow(/short\.onnx is no ONNX model, or damaged/)
  }
})

it('refuses noise', async () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * 2_654_435_761) >>> 24)
  await expect(checkOnnxFile(await save(noise), 'noise')).rejects.toThrow(NodeError)
})

it('refuses lengths that lie', async () => {
  const lie = new Uint8Array([0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3])
  await expect(checkOnnxFile(await save(lie), 'lie')).rejects.toThrow(/ends too early/)
})

describe('weights in other files', () => {
  const entries = { location: 'w.data', offset: '4', length: '8' }

  it('are used when they lie beside the model', async () => {
    await save(new Uint8Array(Float32Array.of(0, 10, 20).buffer), 'w.data')
    const path = await save(withExternalWeights(entries))
    expect((await checkOnnxFile(path, 'model')).externalFiles).toEqual([join(directory, 'w.data')])
    const store = createModelStore({ device: 'cpu', maxBytes: 1e9, log: () => undefined })
    const { session } = await store.open(path)
    const { y } = await session.run({ x: createFloatTensor(Float32Array.of(1, 2), [2]) })
    expect([...(y!.data as Float32Array)]).toEqual([11, 22])
    await store.unloadAll()
  })

  it.each([
    ['above it', { ...entries, location: '../w.data' }, /only files beside it/],
    ['at an absolute path', { ...entries, location: '/etc/passwd' }, /only files beside it/],
    ['in a folder', { ...entries, location: 'deep/w.data' }, /only files beside it/],
    ['at an address in memory', { ...entries, location: '*/_ORT_MEM_ADDR_/*' }, /only files beside it/],
    ['nowhere', { offset: '0' }, /only files beside it/],
    ['in a file that is missing', { ...entries, location: 'none.data' }, /needs the file "none.data" beside it/],
    ['beyond the end', { ...entries, offset: '8' }, /needs more of "w.data" than there is/],
    ['at a negative place', { ...entries, offset: '-4' }, /does not say where/],
  ])('are refused %s', async (_where, where, says) => {
    await save(new Uint8Array(12), 'w.data')
    await expect(checkOnnxFile(await save(withExternalWeights(where)), 'model')).rejects.toThrow(says)
  })

  it('are refused behind a link', async () => {
    await symlink(selfie, join(directory, 'link.data'))
    const path = await save(withExternalWeights({ ...entries, location: 'link.data' }))
    await expect(checkOnnxFile(path, 'model')).rejects.toThrow(/needs the file "link.data" beside it/)
  })
})
