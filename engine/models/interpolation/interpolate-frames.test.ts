import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ImageTensor } from '../../tensor.ts'
import { createModelStore } from '../create-store.ts'
import { batchOf, loadPhoto, pictureOf, psnr, shippedModels } from '../testing/photos.ts'
import { interpolateFrames, requireFrameInterpolator } from './interpolate-frames.ts'

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, log: () => undefined })
afterAll(() => store.unloadAll())

async function openRife() {
  const { session } = await store.open(join(shippedModels, 'frame_interpolation', 'rife-v4.6.param'))
  return requireFrameInterpolator(session, 'rife-v4.6.param')
}

describe('frames between frames', () => {
  it('keep the given ones as they are, at sizes that the network does not take', async () => {
    const frame = (left: number) => loadPhoto('coffee.png', { left, top: 50, width: 75, height: 49 })
    const given = await Promise.all([frame(100), frame(104), frame(108)])
    const seen: number[] = []
    const result = await interpolateFrames(batchOf(...given), 4, await openRife(), async ({ done, total, frame }) => {
      expect([total, frame.width, frame.height]).toEqual([6, 75, 49])
      seen.push(done)
    })
    expect(result.shape).toEqual([9, 49, 75, 3])
    expect(seen).toEqual([1, 2, 3, 4, 5, 6])
    for (const [index, picture] of given.entries()) expect(pictureOf(result, index * 4).data).toEqual(picture.data)
    // The middle of the second pair lies between the second and the third frame, not between the first and the third.
    const [middle, wrong] = await Promise.all([frame(106), frame(104)])
    expect(psnr(pictureOf(result, 6), middle)).toBeGreaterThan(psnr(pictureOf(result, 6), wrong) + 3)
  })

  it('come in the order of time: each new frame is nearest to its own place', async () => {
    const frame = (left: number) => loadPhoto('astronaut.png', { left, top: 60, width: 160, height: 160 })
    const [first, last, ...truths] = await Promise.all([120, 136, 124, 128, 132].map(frame))
    const result = await interpolateFrames(batchOf(first!, last!), 4, await openRife(), async () => undefined)
    for (const [index, truth] of truths.entries()) {
      const likeness = truths.map((other) => psnr(pictureOf(result, index + 1), other))
      expect(likeness.indexOf(Math.max(...likeness))).toBe(index)
      expect(psnr(pictureOf(result, index + 1), truth)).toBeGreaterThan(28)
    }
  })

  it('drop an alpha channel, which the network does not know', async () => {
    const data = new Float32Array(2 * 8 * 8 * 4).fill(0.5)
    const images: ImageTensor = { data, shape: [2, 8, 8, 4] }
    const result = await interpolateFrames(images, 2, await openRife(), async () => undefined)
    expect(result.shape).toEqual([3, 8, 8, 3])
    expect(result.data.every((value) => Math.abs(value - 0.5) < 0.01)).toBe(true)
  })
})

it('refuses a network that is no RIFE', async () => {
  const { session } = await store.open(join(shippedModels, 'upscale_models', 'waifu2x-cunet-noise1.param'))
  expect(() => requireFrameInterpolator(session, 'noise.param')).toThrow(
    'noise.param is not a frame interpolation model',
  )
})
