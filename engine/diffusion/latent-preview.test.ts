/** @file When a sampler's previews are made, and of what. The decoder and the clock are stand-ins. */
import sharp from 'sharp'
import { expect, it } from 'vitest'
import type { FeatureMap } from '../models/diffusion/feature-map.ts'
import type { Vae } from '../models/diffusion/vae/vae.ts'
import { NodeError } from '../nodes/define.ts'
import { sd1Latents } from '../sampling/latents/formats.ts'
import { LatentPreview, type LatentPreviewOptions } from './latent-preview.ts'

const shape = [2, 4, 2, 3] as const
const zeros = new Float32Array(2 * 4 * 2 * 3)

/** A decoder of white pictures, which takes `time` milliseconds, and a preview that uses it. */
function previewWith({
  time = 0,
  fails = false,
  ...options
}: LatentPreviewOptions & { time?: number; fails?: boolean }) {
  const clock = { now: 1000 }
  const decoded: FeatureMap['shape'][] = []
  const tiny: Vae = {
    label: 'taesd_decoder.safetensors',
    latentChannels: 4,
    factor: 8,
    async decode(latent) {
      decoded.push(latent.shape)
      clock.now += time
      if (fails) throw new NodeError('no memory', 'OutOfMemoryError')
      const [, , height, width] = latent.shape
      return { data: new Float32Array(3 * 64 * height * width).fill(1), shape: [1, 3, 8 * height, 8 * width] }
    },
    encode: () => Promise.reject(new Error('not asked for')),
  }
  return { preview: new LatentPreview(sd1Latents, shape, { tiny, now: () => clock.now, ...options }), clock, decoded }
}

async function brightness(picture: { bytes: Uint8Array } | undefined): Promise<number> {
  return (await sharp(picture!.bytes).stats()).channels[0]!.mean
}

it('shows what TAESD decodes of the first latent, where it is given', async () => {
  const { preview, decoded } = previewWith({})
  expect(await brightness(await preview.paint(zeros))).toBeGreaterThan(250)
  expect(decoded).toEqual([[1, 4, 2, 3]])
})

it('shows colours where it is not', async () => {
  const { preview } = previewWith({ tiny: null })
  expect(Math.abs((await brightness(await preview.paint(zeros))) - 127)).toBeLessThan(3)
})

it('decodes nothing that would not be sent', async () => {
  const { preview, clock, decoded } = previewWith({})
  await preview.paint(zeros)
  clock.now += 499
  expect(await preview.paint(zeros)).toBeUndefined()
  expect(decoded).toHaveLength(1)
  clock.now += 1
  expect(await preview.paint(zeros)).toBeDefined()
})

it('leaves the sampler four times as long as decoding took', async () => {
  const { preview, clock, decoded } = previewWith({ time: 1000 })
  await preview.paint(zeros)
  clock.now += 3999
  expect(await preview.paint(zeros)).toBeUndefined()
  clock.now += 1
  expect(await preview.paint(zeros)).toBeDefined()
  expect(decoded).toHaveLength(2)
})

it('goes on with colours when decoding fails, and does not try again', async () => {
  const { preview, clock, decoded } = previewWith({ fails: true })
  expect(Math.abs((await brightness(await preview.paint(zeros))) - 127)).toBeLessThan(3)
  clock.now += 500
  expect(await preview.paint(zeros)).toBeDefined()
  expect(decoded).toHaveLength(1)
})

it('is as large as asked for', async () => {
  const { preview } = previewWith({ side: 12 })
  const { width, height } = await sharp((await preview.paint(zeros))!.bytes).metadata()
  expect([width, height]).toEqual([12, 8])
})
