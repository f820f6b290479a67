import { describe, expect, it } from 'vitest'
import { createPackInterface } from './pack-interface.ts'

const { images, sharp, Tensor } = createPackInterface()

describe('the picture helpers that packs are handed', () => {
  it('carry a picture to sharp and back unchanged, with and without alpha', async () => {
    for (const channels of [3, 4]) {
      const image = images.allocate(2, 5, 7, channels)
      image.data.forEach((_, index) => {
        image.data[index] = (index % 256) / 255
      })
      const back = await images.fromSharp(images.toSharp(image, 1))
      expect(back.shape).toEqual([1, 5, 7, channels])
      expect(back.data).toEqual(image.data.slice(5 * 7 * channels))
    }
  })

  it('encode a picture, and make small previews of big ones', async () => {
    const image = images.allocate(1, 600, 1200, 4)
    expect(await sharp(await images.encodePng(image, 0)).metadata()).toMatchObject({ format: 'png', width: 1200 })
    const preview = await images.preview(image, 0)
    expect(preview.format).toBe('jpeg')
    expect(await sharp(preview.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 512, height: 256 })
  })

  it('refuse sizes that would take the whole machine', () => {
    expect(() => images.allocate(1000, 10_000, 10_000, 4)).toThrow('Too large')
    expect(images.allocateMask(1, 2, 3).shape).toEqual([1, 2, 3])
  })
})

describe('the class of tensors', () => {
  it('is the one that sessions take', () => {
    expect(new Tensor('float32', Float32Array.of(1, 2), [1, 2])).toMatchObject({ type: 'float32', dims: [1, 2] })
  })
})
