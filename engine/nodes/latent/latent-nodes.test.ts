/** @file The nodes that change latents, on latents small enough to be written out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LatentValue } from '../../diffusion/latent-value.ts'
import type { LatentShape } from '../../sampling/latents/latent.ts'
import { callNode } from '../testing/call-node.ts'
import { createTestBench, type TestBench } from '../testing/context.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await createTestBench()
})
afterAll(() => bench.remove())

const run = async (classType: string, inputs: Record<string, unknown>) =>
  (await callNode(classType, inputs, bench.context))[0] as LatentValue

/** One channel, so that a latent reads as rows. */
const rows = (...lines: number[][]): LatentValue => ({
  data: Float32Array.from(lines.flat()),
  shape: [1, 1, lines.length, lines[0]!.length],
})
const rowsOf = ({ data, shape }: LatentValue) => {
  const [batch, channels, height, width] = shape
  return Array.from({ length: batch * channels * height }, (_, row) => [
    ...data.subarray(row * width, (row + 1) * width),
  ])
}
const numbered = (...shape: LatentShape): LatentValue => ({
  data: Float32Array.from({ length: shape.reduce((product, side) => product * side) }, (_, at) => at),
  shape,
})
/** A batch of latents of one value each. */
const batchOf = (...values: number[]): LatentValue => ({
  data: Float32Array.from(values),
  shape: [values.length, 1, 1, 1],
})

describe('LatentUpscale', () => {
  it.each([
    ['as asked, whatever the proportions', { width: 128, height: 192 }, [24, 16]],
    ['512 a side when nothing is said', {}, [64, 64]],
    ['a width that follows from the height', { width: 0, height: 96 }, [12, 24]],
    ['a height that follows from the width', { width: 256, height: 0 }, [16, 32]],
    ['a width that follows from a height that is raised to 64', { width: 0, height: 16 }, [8, 16]],
    ['a height that follows, at least 64', { width: 64, height: 0 }, [8, 8]],
    ['as it was, when both sides are 0', { width: 0, height: 0 }, [4, 8]],
  ])('gives %s', async (_what, size, expected) => {
    const { shape } = await run('LatentUpscale', { samples: numbered(1, 4, 4, 8), ...size })
    expect(shape).toEqual([1, 4, ...expected])
  })

  it('repeats the nearest positions unless another method is chosen, and can cut to the middle', async () => {
    const samples = rows([1, 2, 3, 4])
    const stretched = await run('LatentUpscale', { samples, width: 64, height: 64 })
    expect(rowsOf(stretched)[7]).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
    const square = rows([1, 2, 3, 4], [5, 6, 7, 8])
    const cut = await run('LatentUpscale', { samples: square, width: 64, height: 64, crop: 'center' })
    expect(rowsOf(cut)[0]).toEqual([2, 2, 2, 2, 3, 3, 3, 3])
  })
})

it('LatentUpscaleBy makes it half as large again, in whole positions', async () => {
  expect((await run('LatentUpscaleBy', { samples: numbered(1, 4, 5, 8) })).shape).toEqual([1, 4, 8, 12])
})

describe('LatentCrop', () => {
  it('cuts a rectangle, in pixels', async () => {
    const cut = await run('LatentCrop', { samples: numbered(1, 1, 10, 10), width: 64, height: 72, x: 16, y: 8 })
    expect(cut.shape).toEqual([1, 1, 9, 8])
    expect(rowsOf(cut)[0]).toEqual([12, 13, 14, 15, 16, 17, 18, 19])
  })

  it('moves a corner that is too far out back, so that eight positions are left', async () => {
    const cut = await run('LatentCrop', { samples: numbered(1, 1, 10, 10), x: 800, y: 800 })
    expect(cut.shape).toEqual([1, 1, 8, 8])
    expect(cut.data[0]).toBe(22)
  })
})

describe('turning a latent', () => {
  const samples = rows([1, 2, 3], [4, 5, 6])

  it.each([
    [
      'x-axis: vertically',
      [
        [4, 5, 6],
        [1, 2, 3],
      ],
    ],
    [
      'y-axis: horizontally',
      [
        [3, 2, 1],
        [6, 5, 4],
      ],
    ],
  ])('LatentFlip, %s', async (flip_method, expected) => {
    expect(rowsOf(await run('LatentFlip', { samples, flip_method }))).toEqual(expected)
  })

  it.each([
    [
      'none',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [
      '90 degrees',
      [
        [4, 1],
        [5, 2],
        [6, 3],
      ],
    ],
    [
      '180 degrees',
      [
        [6, 5, 4],
        [3, 2, 1],
      ],
    ],
    [
      '270 degrees',
      [
        [3, 6],
        [2, 5],
        [1, 4],
      ],
    ],
  ])('LatentRotate, %s with the clock', async (rotation, expected) => {
    expect(rowsOf(await run('LatentRotate', { samples, rotation }))).toEqual(expected)
  })
})

describe('laying one over another', () => {
  const zeros = (side: number): LatentValue => ({ data: new Float32Array(side * side), shape: [1, 1, side, side] })
  const ones = (side: number): LatentValue => ({
    data: new Float32Array(side * side).fill(1),
    shape: [1, 1, side, side],
  })

  it('LatentComposite lays it at a place in pixels, and cuts what sticks out', async () => {
    const inputs = { samples_to: zeros(4), samples_from: ones(2) }
    expect(rowsOf(await run('LatentComposite', inputs))).toEqual([
      [1, 1, 0, 0],
      [1, 1, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ])
    const placed = await run('LatentComposite', { ...inputs, x: 24, y: 8 })
    expect(rowsOf(placed)).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
    ])
  })

  it('LatentComposite fades in from the edges that lie inside', async () => {
    const faded = await run('LatentComposite', { samples_to: zeros(5), samples_from: ones(3), x: 16, feather: 16 })
    // Two positions from the left edge and from the bottom one; the right and the top one are the picture's own.
    expect(rowsOf(faded)).toEqual([
      [0, 0, 0.5, 1, 1],
      [0, 0, 0.5, 1, 1],
      [0, 0, 0.25, 0.5, 0.5],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ])
  })

  it('LatentBlend is half of each, or the first one’s share', async () => {
    const inputs = { samples1: rows([4, 8]), samples2: rows([0, 4]) }
    expect(rowsOf(await run('LatentBlend', inputs))).toEqual([[2, 6]])
    expect(rowsOf(await run('LatentBlend', { ...inputs, blend_factor: 0.75 }))).toEqual([[3, 7]])
  })

  it('latents of other channels are refused in words', async () => {
    const inputs = { samples1: numbered(1, 4, 2, 2), samples2: numbered(1, 16, 2, 2) }
    await expect(run('LatentBlend', inputs)).rejects.toThrow('Latents of 4 and 16 channels cannot be combined')
  })
})

describe('batches', () => {
  it('LatentBatch joins two, the second at the size of the first, and keeps which noise each gets', async () => {
    const samples2 = { ...rows([7, 7], [7, 7]), batchIndex: [5] }
    const joined = await run('LatentBatch', { samples1: batchOf(1, 2), samples2 })
    expect([...joined.data]).toEqual([1, 2, 7])
    expect(joined.batchIndex).toEqual([0, 1, 5])
  })

  it('LatentFromBatch takes some, with their masks and noises, and no more than there are', async () => {
    const noiseMask = { data: Float32Array.of(0.1, 0.2, 0.3), shape: [3, 1, 1] as [number, number, number] }
    const samples: LatentValue = { ...batchOf(10, 11, 12), noiseMask }
    const first = await run('LatentFromBatch', { samples })
    expect([[...first.data], first.batchIndex]).toEqual([[10], [0]])
    const some = await run('LatentFromBatch', { samples, batch_index: 1, length: 9 })
    expect([[...some.data], some.batchIndex]).toEqual([
      [11, 12],
      [1, 2],
    ])
    expect([...some.noiseMask!.data]).toEqual([...Float32Array.of(0.2, 0.3)])
    expect([...(await run('LatentFromBatch', { samples, batch_index: 63 })).data]).toEqual([12])
  })

  it('RepeatLatentBatch repeats the whole batch, each repetition with noises of its own', async () => {
    const samples = batchOf(1, 2)
    expect([...(await run('RepeatLatentBatch', { samples })).data]).toEqual([1, 2])
    const repeated = await run('RepeatLatentBatch', { samples: { ...samples, batchIndex: [3, 4] }, amount: 2 })
    expect([[...repeated.data], repeated.batchIndex]).toEqual([
      [1, 2, 1, 2],
      [3, 4, 5, 6],
    ])
  })
})

describe('LatentCompositeMasked', () => {
  const destination = numbered(1, 1, 3, 3)
  const source = { ...rows([10, 20], [30, 40]), batchIndex: [9] }

  it('lays the source at a place in pixels, and cuts what sticks out', async () => {
    const whole = await run('LatentCompositeMasked', { destination, source })
    expect(rowsOf(whole)).toEqual([
      [10, 20, 2],
      [30, 40, 5],
      [6, 7, 8],
    ])
    const cut = await run('LatentCompositeMasked', { destination, source, x: 16, y: 8 })
    expect(rowsOf(cut)).toEqual([
      [0, 1, 2],
      [3, 4, 10],
      [6, 7, 30],
    ])
    expect(cut.batchIndex).toBeUndefined()
    const outside = await run('LatentCompositeMasked', { destination, source, x: 80, y: 80 })
    expect(outside.data).toEqual(destination.data)
  })

  it('counts where the mask is, each latent of the batch with its own', async () => {
    const mask = { data: Float32Array.of(1, 0, 0.5, 0, 0, 0, 0, 1), shape: [2, 2, 2] as [number, number, number] }
    const both = { data: new Float32Array(8), shape: [2, 1, 2, 2] as LatentShape }
    const masked = await run('LatentCompositeMasked', { destination: both, source, mask })
    expect([...masked.data]).toEqual([10, 0, 15, 0, 0, 0, 0, 40])
  })

  it('can bring the source to the size of what it is laid on', async () => {
    const grey = rows([5])
    const covered = await run('LatentCompositeMasked', { destination, source: grey, resize_source: true })
    expect([...covered.data]).toEqual(Array(9).fill(5))
  })
})

describe('latent arithmetic', () => {
  const samples1 = rows([1, 2], [3, 4])
  const samples2 = rows([10, 20], [30, 40])

  it.each([
    ['LatentAdd', [11, 22, 33, 44]],
    ['LatentSubtract', [-9, -18, -27, -36]],
  ])('%s goes number by number', async (classType, expected) => {
    expect([...(await run(classType, { samples1, samples2 })).data]).toEqual(expected)
  })

  it('brings the second to the size and batch of the first', async () => {
    const two = await run('LatentAdd', { samples1: { ...samples1, ...numbered(2, 1, 2, 2) }, samples2: rows([100]) })
    expect([...two.data]).toEqual([100, 101, 102, 103, 104, 105, 106, 107])
  })

  it('LatentMultiply scales, by 1 unless told otherwise', async () => {
    expect([...(await run('LatentMultiply', { samples: samples1 })).data]).toEqual([1, 2, 3, 4])
    expect([...(await run('LatentMultiply', { samples: samples1, multiplier: -2 })).data]).toEqual([-2, -4, -6, -8])
  })

  /** One position of so many channels. */
  const vector = (...data: number[]): LatentValue => ({
    data: Float32Array.from(data),
    shape: [1, data.length, 1, 1],
  })

  it.each([
    [{}, [3, 0]],
    [{ ratio: 0 }, [0, 5]],
    // Halfway between two directions, at the mean of their lengths.
    [{ ratio: 0.5 }, [4 * Math.SQRT1_2, 4 * Math.SQRT1_2]],
  ])('LatentInterpolate %j mixes direction and length apart', async (changes, expected) => {
    const mixed = await run('LatentInterpolate', { samples1: vector(3, 0), samples2: vector(0, 5), ...changes })
    expect([...mixed.data]).toEqual(expected.map((value) => expect.closeTo(value, 6)))
  })

  it('LatentInterpolate makes nothing of what has no direction', async () => {
    const inputs = { samples1: vector(0, 0), samples2: vector(0, 4), ratio: 0.5 }
    expect([...(await run('LatentInterpolate', inputs)).data]).toEqual([0, 2])
    const opposite = await run('LatentInterpolate', { ...inputs, samples1: vector(0, -4) })
    expect([...opposite.data]).toEqual([0, 0])
  })

  it.each(['LatentAdd', 'LatentSubtract', 'LatentInterpolate'])('%s refuses other channels in words', async (name) => {
    const inputs = { samples1: numbered(1, 4, 2, 2), samples2: numbered(1, 16, 2, 2) }
    await expect(run(name, inputs)).rejects.toThrow('Latents of 4 and 16 channels cannot be combined')
  })
})
