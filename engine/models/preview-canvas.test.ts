import sharp from 'sharp'
import { expect, it } from 'vitest'
import { PreviewCanvas } from './preview-canvas.ts'

const grey = (value: number, width = 4, height = 2) => ({
  data: new Float32Array(width * height * 3).fill(value),
  offset: 0,
  width,
  height,
  channels: 3,
})

it('encodes at most twice a second', async () => {
  let now = 1000
  const canvas = new PreviewCanvas(64, 32, { now: () => now })
  expect(await canvas.encode()).toBeDefined()
  now += 499
  expect(await canvas.encode()).toBeUndefined()
  now += 1
  expect(await canvas.encode()).toBeDefined()
})

it('is no larger than 512 pixels, and never enlarges', async () => {
  const sizeOf = async (width: number, height: number) => {
    const preview = await new PreviewCanvas(width, height).encode()
    const metadata = await sharp(preview!.bytes).metadata()
    return [metadata.width, metadata.height]
  }
  expect(await sizeOf(4096, 1024)).toEqual([512, 128])
  expect(await sizeOf(40, 30)).toEqual([40, 30])
  expect(await sizeOf(100_000, 1)).toEqual([512, 1])
})

it('shows what is done beside what is waiting', async () => {
  const canvas = new PreviewCanvas(64, 32)
  canvas.paint(grey(1), { brightness: 0.5 })
  canvas.paint(grey(1), { part: { left: 0, top: 0, right: 0.5, bottom: 1 } })
  const preview = await canvas.encode()
  const pixels = await sharp(preview!.bytes).raw().toBuffer()
  expect(pixels[(16 * 64 + 8) * 3]).toBeGreaterThan(250)
  expect(Math.abs(pixels[(16 * 64 + 56) * 3]! - 127)).toBeLessThan(6)
})
