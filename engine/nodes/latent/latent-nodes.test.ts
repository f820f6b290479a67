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
