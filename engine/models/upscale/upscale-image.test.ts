/** @file Tiling against networks whose answer is known exactly: whatever the tiles, the picture must come out whole. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ImageTensor } from '../../tensor.ts'
import { OnnxGraph } from '../onnx/graph-builder.ts'
import { bindingOptions, loadNodeBinding } from '../runtime/node-binding.ts'
import { createFloatTensor } from '../runtime/tensor.ts'
import type { ModelSession } from '../store.ts'
import { probeUpscaler } from './probe-upscaler.ts'
import { planAxis } from './tile-plan.ts'
import { upscaleImage } from './upscale-image.ts'

/** A network that repeats pixels `scale` times after cutting `margin` off every side. */
async function repeater(scale: number, margin: number, size: number | string = 'size'): Promise<ModelSession> {
  const graph = new OnnxGraph()
  graph.input('x', [1, 3, size, size])
  const cut = graph.node('Slice', [
    'x',
    graph.integers('from', [margin, margin]),
    graph.integers('to', [margin === 0 ? 2 ** 31 - 1 : -margin, margin === 0 ? 2 ** 31 - 1 : -margin]),
    graph.integers('axes', [2, 3]),
  ])
  const factors = graph.floats('factors', [4], [1, 1, scale, scale])
  const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  graph.node('Resize', [cut, '', factors], nearest, 'y')
  graph.output('y', [1, 3, 'height', 'width'])
  return open(graph)
}

async function open(graph: OnnxGraph): Promise<ModelSession> {
  const { InferenceSession } = await loadNodeBinding()
  const native = await InferenceSession.create(graph.finish(), bindingOptions({ device: 'cpu', threads: 1 }))
  const shapes = (all: typeof native.inputMetadata) =>
    Object.fromEntries(all.map((value) => [value.name, value.isTensor ? value.shape : []]))
  return {
    inputNames: native.inputNames,
    outputNames: native.outputNames,
    inputShapes: shapes(native.inputMetadata),
    outputShapes: shapes(native.outputMetadata),
    run: (feeds) => native.run(feeds),
    requireRoom: async () => undefined,
  }
}

function randomImage(batch: number, height: number, width: number, channels = 3): ImageTensor {
  const data = Float32Array.from({ length: batch * height * width * channels }, (_, index) => (index * 0.377) % 1)
  return { data, shape: [batch, height, width, channels] }
}

/** Every pixel `scale` times, the first three channels. */
function repeated(image: ImageTensor, scale: number): Float32Array {
  const [batch, height, width, channels] = image.shape
  const result = new Float32Array(batch * height * width * 3 * scale * scale)
  let to = 0
  for (let index = 0; index < batch; index += 1) {
    for (let y = 0; y < height * scale; y += 1) {
      for (let x = 0; x < width * scale; x += 1) {
        const from = ((index * height + Math.floor(y / scale)) * width + Math.floor(x / scale)) * channels
        for (let channel = 0; channel < 3; channel += 1) result[to++] = image.data[from + channel]!
      }
    }
  }
  return result
}

function worstDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length)
  return actual.reduce((worst, value, index) => Math.max(worst, Math.abs(value - expected[index]!)), 0)
}

describe('a picture in tiles comes out as if it were whole', () => {
  it.each([
    ['one pixel', 1, 1, 1],
    ['smaller than a tile', 1, 20, 33],
    ['longer than a tile', 1, 70, 300],
    ['higher than a tile', 1, 301, 40],
    ['of odd size', 1, 131, 197],
    ['a batch', 3, 60, 90],
  ])('%s', async (_what, batch, height, width) => {
    const image = randomImage(batch, height, width)
    for (const [scale, margin] of [
      [1, 28],
      [2, 18],
      [4, 0],
    ] as const) {
      const upscaler = await probeUpscaler(await repeater(scale, margin), 'repeater')
      const result = await upscaleImage(image, upscaler, { tileSize: 96, onTile: async () => undefined })
      expect(result.shape).toEqual([batch, height * scale, width * scale, 3])
      expect(worstDifference(result.data, repeated(image, scale))).toBeLessThan(1e-6)
    }
  })

  it('also when the network takes one size only, and of four channels three count', async () => {
    const image = randomImage(1, 90, 140, 4)
    const upscaler = await probeUpscaler(await repeater(2, 0, 64), 'repeater')
    expect(upscaler.fixedSize).toEqual({ height: 64, width: 64 })
    const result = await upscaleImage(image, upscaler, { onTile: async () => undefined })
    expect(worstDifference(result.data, repeated(image, 2))).toBeLessThan(1e-6)
  })
})

it('reports every tile, and stops where the report throws', async () => {
  const upscaler = await probeUpscaler(await repeater(2, 0), 'repeater')
  const seen: [number, number][] = []
  const stopped = upscaleImage(randomImage(2, 100, 100), upscaler, {
    tileSize: 96,
    onTile: async ({ done, total }) => {
      seen.push([done, total])
      if (done === 3) throw new Error('enough')
    },
  })
  await expect(stopped).rejects.toThrow('enough')
  expect(seen).toEqual([
    [1, 8],
    [2, 8],
    [3, 8],
  ])
})

it('turns values that are no numbers into black, and others into 0 to 1', async () => {
  const graph = new OnnxGraph()
  graph.input('x', [1, 3, 'height', 'width'])
  // 0 / 0 is NaN, 1 / 0 is infinite.
  graph.node('Div', ['x', graph.floats('zero', [1], [0])], {}, 'y')
  graph.output('y', [1, 3, 'height', 'width'])
  const upscaler = await probeUpscaler(await open(graph), 'divider')
  const image: ImageTensor = { data: Float32Array.of(0, 1, -1), shape: [1, 1, 1, 3] }
  expect([...(await upscaleImage(image, upscaler, { onTile: async () => undefined })).data]).toEqual([0, 1, 0])
})

describe('asking a network what it does to sizes', () => {
  it.each([
    [1, 0],
    [1, 28],
    [2, 18],
    [3, 7],
    [4, 0],
  ])('finds scale %i and margin %i', async (scale, margin) => {
    expect(await probeUpscaler(await repeater(scale, margin), 'x')).toMatchObject({ scale, margin, fixedSize: null })
  })

  it('refuses a network of two inputs', async () => {
    const graph = new OnnxGraph()
    for (const name of ['a', 'b']) graph.input(name, [1, 3, 'height', 'width'])
    graph.node('Add', ['a', 'b'], {}, 'y')
    graph.output('y', [1, 3, 'height', 'width'])
    await expect(probeUpscaler(await open(graph), 'sum.onnx')).rejects.toThrow(
      'sum.onnx is not an upscale model: it takes 2 inputs',
    )
  })

  it('refuses a network that shrinks', async () => {
    await expect(probeUpscaler(await repeater(0.5, 0), 'half.onnx')).rejects.toThrow(/0\.5 times the size/)
  })
})

describe('cutting an axis', () => {
  it('covers it, with tiles of one size that stay inside', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 40 }))
    fc.assert(
      fc.property(cases, ([length, border]) => {
        const { size, core, starts } = planAxis(length, border, 192)
        expect(size).toBeLessThanOrEqual(192)
        expect(size % 16).toBe(0)
        let covered = 0
        for (const start of starts) {
          expect(start).toBeLessThanOrEqual(covered)
          covered = start + core
        }
        expect(covered).toBeGreaterThanOrEqual(length)
        if (starts.length > 1) expect(covered).toBe(length)
      }),
    )
  })

  it('makes tiles smaller when that needs no more of them', () => {
    expect(planAxis(200, 22, 192)).toEqual({ size: 144, core: 100, starts: [0, 100] })
  })
})

it('feeds networks what createFloatTensor was given', async () => {
  const tensor = createFloatTensor(Float32Array.of(1, 2), [1, 2])
  expect([tensor.type, tensor.dims, [...(tensor.data as Float32Array)]]).toEqual(['float32', [1, 2], [1, 2]])
})
