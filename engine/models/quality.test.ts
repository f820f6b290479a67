/** @file What the bundled models are good for, measured on the shipped photos. */
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findForeground, requireBackgroundRemover } from './background/background-remover.ts'
import { createModelStore } from './create-store.ts'
import { interpolateFrames, requireFrameInterpolator } from './interpolation/interpolate-frames.ts'
import {
  batchOf,
  type Crop,
  loadPhoto,
  pictureOf,
  psnr,
  quantize,
  resizeCubic,
  shippedModels,
} from './testing/photos.ts'
import { probeUpscaler } from './upscale/probe-upscaler.ts'
import { upscaleImage } from './upscale/upscale-image.ts'

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, log: () => undefined })
afterAll(() => store.unloadAll())
const quietly = async () => undefined

async function openSession(name: string) {
  return (await store.open(join(shippedModels, name))).session
}

/** Crops with a face, fur and whiskers, and fine wood. */
const crops: [name: string, crop: Crop][] = [
  ['astronaut.png', { left: 96, top: 0, width: 256, height: 256 }],
  ['chelsea.png', { left: 90, top: 20, width: 256, height: 256 }],
  ['coffee.png', { left: 200, top: 100, width: 256, height: 256 }],
]

describe('enlarging twofold with CUnet', () => {
  it.each(crops)('beats true bicubic by at least 1 dB on %s', async (name, crop) => {
    const truth = await loadPhoto(name, crop)
    const small = quantize(resizeCubic(truth, 128, 128))
    const upscaler = await probeUpscaler(await openSession('upscale_models/waifu2x-cunet-scale2x.param'), 'CUnet')
    const enlarged = await upscaleImage(small, upscaler, { onTile: quietly })
    expect(psnr(enlarged, truth)).toBeGreaterThan(psnr(resizeCubic(small, 256, 256), truth) + 1)
  })

  it('loses nothing that can be measured by working in tiles', async () => {
    const truth = await loadPhoto(...crops[2]!)
    const small = quantize(resizeCubic(truth, 128, 128))
    const upscaler = await probeUpscaler(await openSession('upscale_models/waifu2x-cunet-scale2x.param'), 'CUnet')
    const whole = await upscaleImage(small, upscaler, { onTile: quietly })
    const tiled = await upscaleImage(small, upscaler, { tileSize: 96, onTile: quietly })
    expect(psnr(tiled, truth)).toBeGreaterThan(psnr(whole, truth) - 0.2)
  })
})

it('cleans a noisy picture by at least 1 dB with CUnet noise 2', async () => {
  const truth = await loadPhoto(...crops[0]!)
  const { default: sharp } = await import('sharp')
  const bytes = Buffer.from(truth.data.map((value) => Math.round(value * 255)))
  const jpeg = await sharp(bytes, { raw: { width: 256, height: 256, channels: 3 } })
    .jpeg({ quality: 30, chromaSubsampling: '4:2:0' })
    .toBuffer()
  const decoded = await sharp(jpeg).raw().toBuffer()
  const noisy = { ...truth, data: Float32Array.from(decoded, (value) => value / 255) }
  const upscaler = await probeUpscaler(await openSession('upscale_models/waifu2x-cunet-noise2.param'), 'CUnet noise 2')
  const clean = await upscaleImage(noisy, upscaler, { onTile: quietly })
  expect(psnr(clean, truth)).toBeGreaterThan(psnr(noisy, truth) + 1)
})

describe('RIFE between two frames of a camera that moved by 32 pixels', () => {
  it('makes the middle frame with at least 30 dB, far better than a blend', async () => {
    const frame = (left: number) => loadPhoto('astronaut.png', { left, top: 60, width: 256, height: 250 })
    const [first, second, truth] = await Promise.all([frame(100), frame(132), frame(116)])
    const interpolator = requireFrameInterpolator(await openSession('frame_interpolation/rife-v4.6.param'), 'RIFE')
    const frames = await interpolateFrames(batchOf(first, second), 2, interpolator, quietly)
    const blend = { ...first, data: first.data.map((value, index) => (value + second.data[index]!) / 2) }
    const middle = psnr(pictureOf(frames, 1), truth)
    expect(middle).toBeGreaterThan(30)
    expect(middle).toBeGreaterThan(psnr(blend, truth) + 10)
  })
})

it('finds the astronaut and not her background with the selfie network', async () => {
  const photo = await loadPhoto('astronaut.png', { left: 0, top: 0, width: 512, height: 512 })
  const remover = requireBackgroundRemover(await openSession('background_removal/selfie-segmentation.onnx'), 'selfie')
  const mask = await findForeground(photo, remover, { pause: quietly, onPicture: quietly })
  const mean = ({ left, top, width, height }: Crop) => {
    let sum = 0
    for (let y = top; y < top + height; y += 1) {
      for (let x = left; x < left + width; x += 1) sum += mask.data[y * 512 + x]!
    }
    return sum / (width * height)
  }
  const face = { left: 190, top: 70, width: 70, height: 90 }
  const suit = { left: 120, top: 330, width: 120, height: 120 }
  expect(mean(face)).toBeGreaterThan(0.9)
  expect(mean(suit)).toBeGreaterThan(0.9)
  expect(mean({ left: 0, top: 0, width: 90, height: 90 })).toBeLessThan(0.1)
  expect(mean({ left: 420, top: 0, width: 90, height: 90 })).toBeLessThan(0.1)
})
