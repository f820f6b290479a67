import { readFileSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { pattern } from '../../images/testdata/pattern.ts'
import type { ImageTensor, MaskTensor } from '../../tensor.ts'
import type { AnyNode } from '../define.ts'
import { builtinNodes } from '../index.ts'
import { createTestBench, type TestBench, uiOf, valuesOf } from '../testing/context.ts'

let bench: TestBench
beforeAll(async () => {
  const graph = { '1': { class_type: 'LoadImage', inputs: { image: 'Grüße.png' } } }
  bench = await createTestBench({ prompt: graph, extraPngInfo: { workflow: { id: 'w' } } })
  const samples = join(findProjectRoot(), 'studio-data/defaults/input')
  for (const name of ['chelsea.png', 'rocket.jpg'])
    await copyFile(join(samples, name), join(bench.inputDirectory, name))
})
afterAll(() => bench.remove())

const node = (classType: string): AnyNode => builtinNodes.find((one) => one.classType === classType)!
const run = async (classType: string, inputs: Record<string, unknown>) =>
  valuesOf(await node(classType).execute(inputs, bench.context))
const runImage = async (classType: string, inputs: Record<string, unknown>) =>
  (await run(classType, inputs))[0] as ImageTensor

const volume = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const image = (...shape: ImageTensor['shape']): ImageTensor => ({ data: pattern(volume(shape)), shape })
const solid = (value: number, ...shape: ImageTensor['shape']): ImageTensor => ({
  data: new Float32Array(volume(shape)).fill(value),
  shape,
})

interface Case {
  name: string
  values: number[]
  shape: [number, number, number]
  radius: number
  sigma: number
  alpha: number
  rotation: string
}
const reference = JSON.parse(
  readFileSync(new URL('../../images/testdata/image-operations.json', import.meta.url), 'utf8'),
) as { cases: Case[] }
const named = (name: string) => reference.cases.filter((one) => one.name === name)

describe('LoadImage', () => {
  it('gives the picture and an empty mask', async () => {
    const [picture, mask] = (await run('LoadImage', { image: 'rocket.jpg' })) as [ImageTensor, MaskTensor]
    expect(picture.shape).toEqual([1, 427, 640, 3])
    expect(mask.shape).toEqual([1, 64, 64])
  })

  it('is refused before the run when the file is missing, in the words clients know', async () => {
    const check = (name: unknown) => node('LoadImage').validate!.check({ image: name }, bench.context, {})
    expect(await check('gone.png')).toBe('Invalid image file: gone.png')
    expect(await check('../../etc/passwd')).toBe('Invalid image file: ../../etc/passwd')
    expect(await check('rocket.jpg')).toBe(true)
    expect(await check(null)).toBe(true)
  })

  it('has the SHA-256 of the file as its change mark, so a replaced file runs again', async () => {
    await writeFile(join(bench.inputDirectory, 'marked.png'), 'abc')
    const mark = () => node('LoadImage').changeMark!({ image: 'marked.png' }, bench.context)
    // SHA-256 of "abc": FIPS 180-2, appendix B.1
    expect(await mark()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    await writeFile(join(bench.inputDirectory, 'marked.png'), 'abd')
    expect(await mark()).not.toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('gives one channel as a mask through LoadImageMask', async () => {
    const [picture] = (await run('LoadImage', { image: 'chelsea.png' })) as [ImageTensor]
    const [green] = (await run('LoadImageMask', { image: 'chelsea.png', channel: 'green' })) as [MaskTensor]
    expect(green.shape).toEqual([1, 300, 451])
    expect(green.data[1000]).toBe(picture.data[3001])
  })
})

describe('SaveImage', () => {
  it('writes a PNG whose pixels are truncated to 8 bits and that carries the graph', async () => {
    const picture: ImageTensor = { data: Float32Array.of(0.5, 0.25, 0.1, 0.3, 1.5, -1), shape: [1, 1, 2, 3] }
    const ui = uiOf(await node('SaveImage').execute({ images: picture, filename_prefix: 'a' }, bench.context))
    const file = ui.images![0] as { filename: string; subfolder: string; type: string }
    expect(file).toMatchObject({ filename: 'a_00001_.png', type: 'output' })
    const written = sharp(bench.pathOf(file))
    expect([...(await written.raw().toBuffer())]).toEqual([127, 63, 25, 76, 255, 0])
    const { comments } = await written.metadata()
    expect(comments?.map(({ keyword }) => keyword)).toEqual(['prompt', 'workflow'])
    expect(JSON.parse(comments![0]!.text)['1'].inputs.image).toBe('Grüße.png')
  })

  it('writes every picture of a batch, and gives back what was loaded to the bit', async () => {
    const batch = image(2, 5, 7, 3)
    const ui = uiOf(await node('SaveImage').execute({ images: batch, filename_prefix: 'batch' }, bench.context))
    const second = bench.pathOf(ui.images![1] as { filename: string; subfolder: string })
    await copyFile(second, join(bench.inputDirectory, 'second.png'))
    const again = await runImage('LoadImage', { image: 'second.png' })
    expect(again.data).toEqual(batch.data.slice(105))
  })

  it('leaves the graph out when the engine was told to', async () => {
    const context = { ...bench.context, metadata: false }
    const ui = uiOf(await node('SaveImage').execute({ images: image(1, 2, 2, 3), filename_prefix: 'bare' }, context))
    const path = bench.pathOf(ui.images![0] as { filename: string; subfolder: string })
    expect((await sharp(path).metadata()).comments).toBeUndefined()
  })
})

it('SaveImageWebsocket sends PNG pictures, reports progress from 0 and always runs again', async () => {
  const result = await node('SaveImageWebsocket').execute({ images: image(2, 4, 6, 3) }, bench.context)
  expect(result).toEqual([])
  expect(bench.images.map(({ format }) => format)).toEqual(['png', 'png'])
  expect((await sharp(bench.images[0]!.bytes).metadata()).width).toBe(6)
  expect(bench.progress.slice(-2)).toEqual([
    [0, 2],
    [1, 2],
  ])
  expect(node('SaveImageWebsocket').changeMark!({}, bench.context)).toBeNaN()
})

it('SaveAnimatedWEBP writes a moving picture with the graph in its EXIF fields, however long', async () => {
  const long = 'x'.repeat(200_000)
  const context = { ...bench.context, extraPngInfo: { workflow: { long } } }
  const inputs = {
    images: image(3, 8, 10, 3),
    filename_prefix: 'moving',
    fps: 5,
    lossless: true,
    quality: 80,
    method: 'default',
  }
  const ui = uiOf(await node('SaveAnimatedWEBP').execute(inputs, context))
  expect(ui.animated).toEqual([true])
  const path = bench.pathOf(ui.images![0] as { filename: string; subfolder: string })
  const { pages, delay, width, pageHeight, exif } = await sharp(path, { pages: -1 }).metadata()
  expect({ pages, delay, width, pageHeight }).toEqual({ pages: 3, delay: [200, 200, 200], width: 10, pageHeight: 8 })
  expect(exif!.toString('latin1')).toContain(`workflow:{"long":"${long}"}\0`)
  expect(exif!.toString('latin1')).toContain('prompt:{"1":')
  expect(await sharp(path, { pages: -1 }).removeAlpha().raw().toBuffer()).toEqual(
    Buffer.from(inputs.images.data.map((value) => Math.round(value * 255))),
  )
})

describe('scaling', () => {
  const scale = (inputs: Record<string, unknown>) =>
    runImage('ImageScale', { upscale_method: 'bilinear', crop: 'disabled', ...inputs })

  it('follows the proportions for a side of 0, and changes nothing when both are 0', async () => {
    const source = image(1, 30, 45, 3)
    expect((await scale({ image: source, width: 0, height: 20 })).shape).toEqual([1, 20, 30, 3])
    expect((await scale({ image: source, width: 15, height: 0 })).shape).toEqual([1, 10, 15, 3])
    expect(await scale({ image: source, width: 0, height: 0 })).toBe(source)
  })

  it('cuts to the middle for the centre crop', async () => {
    const striped = solid(0, 1, 4, 8, 1)
    for (let y = 0; y < 4; y++) striped.data.fill(1, y * 8 + 2, y * 8 + 6)
    const cut = await scale({ image: striped, width: 4, height: 4, crop: 'center' })
    expect(cut.data.every((value) => value === 1)).toBe(true)
  })

  it('rounds sizes half to even, as Python does', async () => {
    const by = { image: image(1, 5, 7, 3), upscale_method: 'area', scale_by: 0.5 }
    expect((await runImage('ImageScaleBy', by)).shape).toEqual([1, 2, 4, 3])
  })

  it('comes to the wanted number of megapixels, in steps', async () => {
    const inputs = {
      image: image(1, 30, 40, 3),
      upscale_method: 'nearest-exact',
      megapixels: 0.01,
      resolution_steps: 8,
    }
    // 0.01 · 1024² pixels at 4:3 are 118.2 × 88.7; in steps of 8 that is 120 × 88.
    expect((await runImage('ImageScaleToTotalPixels', inputs)).shape).toEqual([1, 88, 120, 3])
  })

  it('refuses sizes that would take the machine, in words', async () => {
    const huge = { image: image(1, 4, 4, 3), width: 16_384, height: 16_384 }
    await expect(scale({ ...huge, image: { ...huge.image, shape: [3, 4, 4, 3] } })).rejects.toThrow(/Too large: .*GiB/)
    await expect(run('EmptyImage', { width: 16_384, height: 16_384, batch_size: 4096, color: 0 })).rejects.toThrow(
      /GiB/,
    )
  })

  it('stops between pictures when the job is interrupted', async () => {
    const stopped = AbortSignal.abort(new Error('interrupted'))
    const context = { ...bench.context, signal: stopped }
    const inputs = { image: image(4, 8, 8, 3), upscale_method: 'lanczos', scale_by: 2 }
    await expect(node('ImageScaleBy').execute(inputs, context)).rejects.toThrow('interrupted')
  })
})

describe('moving pixels', () => {
  it.each(named('rotate'))('turns clockwise by $rotation', async ({ rotation, shape, values }) => {
    const turned = await runImage('ImageRotate', { image: image(1, ...shape), rotation })
    expect([...turned.data].map((value, i) => Math.abs(value - values[i]!) < 1e-6)).not.toContain(false)
  })

  it('flips upside down around the x axis and left to right around the y axis', async () => {
    const source: ImageTensor = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] }
    const flip = async (flip_method: string) => [...(await runImage('ImageFlip', { image: source, flip_method })).data]
    expect(await flip('x-axis: vertically')).toEqual([3, 4, 1, 2])
    expect(await flip('y-axis: horizontally')).toEqual([2, 1, 4, 3])
  })

  it('crops what lies inside, and at least the last pixel', async () => {
    const source = image(2, 5, 6, 3)
    expect((await runImage('ImageCrop', { image: source, width: 4, height: 9, x: 3, y: 1 })).shape).toEqual([
      2, 4, 3, 3,
    ])
    expect((await runImage('ImageCrop', { image: source, width: 4, height: 4, x: 99, y: 99 })).shape).toEqual([
      2, 1, 1, 3,
    ])
  })

  it('pads with grey and fades the mask into the picture on padded sides only', async () => {
    const inputs = { image: solid(1, 1, 6, 6, 3), left: 2, top: 0, right: 0, bottom: 0, feathering: 2 }
    const [padded, mask] = (await run('ImagePadForOutpaint', inputs)) as [ImageTensor, MaskTensor]
    expect(padded.shape).toEqual([1, 6, 8, 3])
    expect([...padded.data.subarray(0, 9)]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 1])
    // ((2 − d) / 2)² for d = 0, 1; nothing at the right, where no border is.
    expect([...mask.data.subarray(0, 8)]).toEqual([1, 1, 1, 0.25, 0, 0, 0, 0])
  })

  it('stitches side by side, the second scaled to the height of the first, with a gap', async () => {
    const inputs = {
      image1: solid(0.2, 1, 4, 4, 3),
      image2: solid(0.6, 1, 8, 4, 3),
      direction: 'right',
      match_image_size: true,
    }
    const joined = await runImage('ImageStitch', { ...inputs, spacing_width: 3, spacing_color: 'red' })
    // 4 + a gap of 3 made even + half of 4
    expect(joined.shape).toEqual([1, 4, 10, 3])
    expect([...joined.data.subarray(12, 15)]).toEqual([1, 0, 0])
    expect(joined.data[24]).toBeCloseTo(0.6, 2)
  })

  it('centres a smaller picture when sizes are not matched', async () => {
    const inputs = {
      image1: solid(0.5, 1, 6, 2, 3),
      image2: solid(0.25, 1, 2, 2, 3),
      direction: 'left',
      match_image_size: false,
    }
    const joined = await runImage('ImageStitch', { ...inputs, spacing_width: 0, spacing_color: 'black' })
    expect(joined.shape).toEqual([1, 6, 4, 3])
    const column = [0, 1, 2, 3, 4, 5].map((y) => joined.data[y * 12])
    expect(column).toEqual([0, 0, 0.25, 0.25, 0, 0])
  })
})

describe('batches', () => {
  it('join, the second cut to the size of the first', async () => {
    const joined = await runImage('ImageBatch', { image1: image(1, 4, 6, 3), image2: image(2, 8, 8, 4) })
    expect(joined.shape).toEqual([3, 4, 6, 4])
    expect(joined.data[3]).toBe(1)
  })

  it('repeat as a whole', async () => {
    const source: ImageTensor = { data: Float32Array.of(1, 2), shape: [2, 1, 1, 1] }
    expect([...(await runImage('RepeatImageBatch', { image: source, amount: 2 })).data]).toEqual([1, 2, 1, 2])
  })

  it('give some of their pictures, counted from the end for negative numbers', async () => {
    const source: ImageTensor = { data: Float32Array.of(1, 2, 3, 4), shape: [4, 1, 1, 1] }
    const pick = async (batch_index: number, length: number) => [
      ...(await runImage('ImageFromBatch', { image: source, batch_index, length })).data,
    ]
    expect(await pick(1, 2)).toEqual([2, 3])
    expect(await pick(-1, 5)).toEqual([4])
    expect(await pick(99, 1)).toEqual([4])
    expect(await pick(-99, 2)).toEqual([1, 2])
  })
})

describe('colours', () => {
  it.each(named('sharpen'))('sharpen with radius $radius and alpha $alpha as the written-out kernel', async (one) => {
    const inputs = { image: image(1, ...one.shape), sharpen_radius: one.radius, sigma: one.sigma, alpha: one.alpha }
    const sharpened = await runImage('ImageSharpen', inputs)
    const worst = one.values.reduce((most, value, i) => Math.max(most, Math.abs(value - sharpened.data[i]!)), 0)
    expect(worst).toBeLessThan(1e-5)
  })

  it('invert, but not an alpha channel', async () => {
    const inverted = await runImage('ImageInvert', {
      image: { data: Float32Array.of(0, 0.25, 1, 0.5), shape: [1, 1, 1, 4] },
    })
    expect([...inverted.data]).toEqual([1, 0.75, 0, 0.5])
  })

  it('blend by the formulas of the modes', async () => {
    const blend = async (mode: string, a: number, b: number) => {
      const inputs = { image1: solid(a, 1, 1, 1, 1), image2: solid(b, 1, 1, 1, 1), blend_factor: 1, blend_mode: mode }
      return (await runImage('ImageBlend', inputs)).data[0]
    }
    expect(await blend('multiply', 0.5, 0.5)).toBe(0.25)
    expect(await blend('screen', 0.5, 0.5)).toBe(0.75)
    expect(await blend('overlay', 0.75, 0.5)).toBe(0.75)
    expect(await blend('soft_light', 0.25, 0.75)).toBeCloseTo(0.375, 6)
    expect(await blend('difference', 0.25, 0.75)).toBe(0)
    expect(await blend('normal', 0.25, 0.75)).toBe(0.75)
  })

  it.each(['none', 'floyd-steinberg', 'bayer-2', 'bayer-16'])(
    'quantise to few colours with dither %s',
    async (dither) => {
      const source = await runImage('LoadImage', { image: 'chelsea.png' })
      const quantized = await runImage('ImageQuantize', { image: source, colors: 8, dither })
      const colours = new Set<string>()
      let error = 0
      for (let i = 0; i < quantized.data.length; i += 3) {
        colours.add(quantized.data.subarray(i, i + 3).join())
        error += Math.abs(quantized.data[i]! - source.data[i]!)
      }
      expect(colours.size).toBeGreaterThan(4)
      expect(colours.size).toBeLessThanOrEqual(8)
      expect((error / quantized.data.length) * 3).toBeLessThan(0.12)
    },
  )

  it('make an empty image of one colour', async () => {
    const made = await runImage('EmptyImage', { width: 2, height: 1, batch_size: 2, color: 0xff8000 })
    expect(made.shape).toEqual([2, 1, 2, 3])
    expect([...made.data.subarray(9, 12)]).toEqual([1, Math.fround(128 / 255), 0])
  })
})

describe('transparency', () => {
  it('is the inverse of the mask when it is joined, and the mask again when it is split', async () => {
    const mask: MaskTensor = { data: Float32Array.of(1, 0.25), shape: [1, 1, 2] }
    const joined = await runImage('JoinImageWithAlpha', { image: image(1, 1, 2, 3), alpha: mask })
    expect([joined.data[3], joined.data[7]]).toEqual([0, 0.75])
    const [colours, back] = (await run('SplitImageWithAlpha', { image: joined })) as [ImageTensor, MaskTensor]
    expect(colours.shape).toEqual([1, 1, 2, 3])
    expect([...back.data]).toEqual([1, 0.25])
  })

  it('lets a pasted picture show through its mask, also over the edge', async () => {
    const inputs = { destination: solid(0, 1, 3, 3, 3), source: solid(1, 1, 2, 2, 3), x: 2, y: 2, resize_source: false }
    const mask: MaskTensor = { data: new Float32Array(16).fill(0.5), shape: [1, 4, 4] }
    const laid = await runImage('ImageCompositeMasked', { ...inputs, mask })
    const reds = [...laid.data].filter((_, i) => i % 3 === 0)
    expect(reds).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0.5])
  })

  it('covers everything when the source is resized and no mask is given', async () => {
    const inputs = { destination: solid(0, 2, 3, 5, 4), source: solid(1, 1, 2, 2, 3), x: 0, y: 0, resize_source: true }
    const laid = await runImage('ImageCompositeMasked', inputs)
    expect(laid.data.every((value) => value === 1)).toBe(true)
  })
})

it('GetImageSize tells the size, also on the node', async () => {
  expect(await run('GetImageSize', { image: image(2, 5, 7, 3) })).toEqual([7, 5, 2])
  expect(bench.texts.at(-1)).toBe('width: 7, height: 5\n batch size: 2')
})

it('a mutated result never changes what a node was given', async () => {
  const source = image(1, 4, 4, 3)
  const before = source.data.slice()
  for (const [classType, inputs] of Object.entries({
    ImageScaleBy: { upscale_method: 'bicubic', scale_by: 1 },
    ImageInvert: {},
    ImageBlur: { blur_radius: 1, sigma: 1 },
    ImageFlip: { flip_method: 'x-axis: vertically' },
  })) {
    const result = await runImage(classType, { image: source, ...inputs })
    result.data.fill(7)
  }
  expect(source.data).toEqual(before)
  expect(await readFile(join(bench.inputDirectory, 'rocket.jpg'))).toBeTruthy()
})
