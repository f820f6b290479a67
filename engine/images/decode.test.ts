import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodePicture } from './decode.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decode-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function decode(name: string, content: Uint8Array | string) {
  const path = join(folder, name)
  await writeFile(path, content)
  return decodePicture(path, name)
}

/** Two pixels wide, one high: red, then blue at half transparency. */
const redBlue = Uint8Array.of(255, 0, 0, 255, 0, 0, 255, 128)
const asPng = (pixels: Uint8Array, width: number, height: number, channels: 3 | 4) =>
  sharp(pixels, { raw: { width, height, channels } }).png().toBuffer()

describe('a picture with alpha', () => {
  it('gives its colours as they are under the transparency, and 1 − alpha as the mask', async () => {
    const { image, mask } = await decode('alpha.png', await asPng(redBlue, 2, 1, 4))
    expect(image.shape).toEqual([1, 1, 2, 3])
    expect([...image.data]).toEqual([1, 0, 0, 0, 0, 1])
    expect(mask.shape).toEqual([1, 1, 2])
    expect(mask.data[0]).toBe(0)
    expect(mask.data[1]).toBeCloseTo(1 - 128 / 255, 6)
  })
})

describe('a picture without alpha', () => {
  it('gives an empty mask of 64 × 64', async () => {
    const { mask } = await decode('plain.png', await asPng(redBlue.subarray(0, 6), 2, 1, 3))
    expect(mask.shape).toEqual([1, 64, 64])
    expect(mask.data.every((value) => value === 0)).toBe(true)
  })

  it('is turned upright by its orientation tag', async () => {
    const wide = sharp({ create: { width: 40, height: 20, channels: 3, background: 'white' } })
    const { image } = await decode('turned.jpg', await wide.withMetadata({ orientation: 6 }).jpeg().toBuffer())
    expect(image.shape).toEqual([1, 40, 20, 3])
  })

  it('comes out in three equal channels when it is grey', async () => {
    const grey = sharp(Uint8Array.of(51, 204), { raw: { width: 2, height: 1, channels: 1 } }).toColourspace('b-w')
    const { image } = await decode('grey.png', await grey.png().toBuffer())
    expect([...image.data].map((value) => Math.round(value * 255))).toEqual([51, 51, 51, 204, 204, 204])
  })
})

it('keeps the precision of a 16-bit PNG', async () => {
  const deep = sharp(Uint16Array.of(1000, 32_768, 65_535), {
    raw: { width: 1, height: 1, channels: 3, depth: 'ushort' } as never,
  })
  const { image } = await decode('deep.png', await deep.toColourspace('rgb16').png().toBuffer())
  expect(image.data[0]! * 65_535).toBeCloseTo(1000, 1)
  expect(image.data[1]! * 65_535).toBeCloseTo(32_768, 1)
  expect(image.data[2]).toBe(1)
})

it('gives the frames of a GIF as a batch, without a mask when nothing is transparent', async () => {
  const frames = Uint8Array.from([...Array(12).fill([255, 0, 0]), ...Array(12).fill([0, 0, 255])].flat())
  const gif = await sharp(frames, { raw: { width: 4, height: 6, channels: 3, pageHeight: 3 } })
    .gif()
    .toBuffer()
  const { image, mask } = await decode('moving.gif', gif)
  expect(image.shape).toEqual([2, 3, 4, 3])
  expect([...image.data.subarray(0, 3)]).toEqual([1, 0, 0])
  expect([...image.data.subarray(36, 39)]).toEqual([0, 0, 1])
  expect(mask.shape).toEqual([2, 64, 64])
})

describe('a Windows bitmap', () => {
  it('is read bottom row first, blue first', async () => {
    const { image } = await decode(
      'plain.bmp',
      bitmap({
        bits: 24,
        rows: [
          [0, 0, 255, 0, 255, 0, 0, 0],
          [255, 0, 0, 9, 9, 9, 0, 0],
        ],
      }),
    )
    expect(image.shape).toEqual([1, 2, 2, 3])
    expect([...image.data].map((value) => Math.round(value * 255))).toEqual([0, 0, 255, 9, 9, 9, 255, 0, 0, 0, 255, 0])
  })

  it('is read through its palette', async () => {
    const palette = [10, 20, 30, 0, 40, 50, 60, 0]
    const { image } = await decode(
      'palette.bmp',
      bitmap({
        bits: 1,
        palette,
        rows: [
          [0b01000000, 0, 0, 0],
          [0b10000000, 0, 0, 0],
        ],
      }),
    )
    expect([...image.data].map((value) => Math.round(value * 255))).toEqual([
      60, 50, 40, 30, 20, 10, 30, 20, 10, 60, 50, 40,
    ])
  })

  it('is refused in words when it is cut short', async () => {
    const whole = bitmap({
      bits: 24,
      rows: [
        [0, 0, 255, 0, 255, 0, 0, 0],
        [255, 0, 0, 9, 9, 9, 0, 0],
      ],
    })
    await expect(decode('short.bmp', whole.subarray(0, whole.length - 3))).rejects.toThrow('cut short')
  })

  it('is refused when it claims to be huge', async () => {
    const whole = bitmap({
      bits: 24,
      rows: [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    })
    new DataView(whole.buffer).setInt32(18, 60_000, true)
    new DataView(whole.buffer).setInt32(22, 60_000, true)
    await expect(decode('huge.bmp', whole)).rejects.toThrow('megapixels')
  })
})

describe('what is no good picture', () => {
  it('is refused in words when the file is cut short', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251)
    const png = await asPng(noise, 64, 64, 3)
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer()
    await expect(decode('short.png', png.subarray(0, png.length / 2))).rejects.toMatchObject({
      name: 'NodeError',
      message: expect.stringMatching(/^short.png cannot be read as a picture: /),
    })
    await expect(decode('short.jpg', jpeg.subarray(0, jpeg.length / 2))).rejects.toThrow(/cannot be read as a picture/)
  })

  it('is refused when it is text, markup or empty, whatever its name', async () => {
    await expect(decode('text.png', 'hello')).rejects.toThrow('is not a picture that can be read')
    await expect(decode('drawing.png', '<svg xmlns="http://www.w3.org/2000/svg"/>')).rejects.toThrow('is not a picture')
    await expect(decode('empty.png', '')).rejects.toThrow('is not a picture that can be read')
  })

  it('is refused before decoding when it has more than 100 megapixels', async () => {
    const bomb = await sharp({ create: { width: 11_000, height: 10_000, channels: 3, background: 'black' } })
      .png({ compressionLevel: 9 })
      .toBuffer()
    await expect(decode('bomb.png', bomb)).rejects.toThrow('more than 100 megapixels')
  })

  it('never names a path of this machine', async () => {
    const error = await decode('broken.webp', Buffer.from('RIFF\x10\0\0\0WEBPVP8 junkjunk', 'latin1')).catch(
      (e: Error) => e,
    )
    expect((error as Error).message).not.toContain(folder)
  })
})

/** A bitmap of two pixels by as many rows as given, bottom row first, rows padded to four bytes. */
function bitmap({ bits, rows, palette = [] }: { bits: number; rows: number[][]; palette?: number[] }): Uint8Array {
  const dataOffset = 54 + palette.length
  const file = new Uint8Array(dataOffset + rows.flat().length)
  const view = new DataView(file.buffer)
  file.set([0x42, 0x4d])
  view.setUint32(2, file.length, true)
  view.setUint32(10, dataOffset, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, 2, true)
  view.setInt32(22, rows.length, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, bits, true)
  view.setUint32(46, palette.length / 4, true)
  file.set(palette, 54)
  file.set(rows.flat(), dataOffset)
  return file
}
