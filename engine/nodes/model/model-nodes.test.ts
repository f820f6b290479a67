import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createModelStore } from '../../models/create-store.ts'
import { loadPhoto, shippedModels } from '../../models/testing/photos.ts'
import type { ImageTensor, MaskTensor } from '../../tensor.ts'
import { InterruptedError, type NodeContext, type PreviewImage } from '../define.ts'
import { describeInput } from '../object-info.ts'
import { createTestBench, type TestBench, valuesOf } from '../testing/context.ts'
import { frameInterpolate } from './frame-interpolate.ts'
import { frameInterpolationModelLoader } from './frame-interpolation-model-loader.ts'
import { imageUpscaleWithModel } from './image-upscale-with-model.ts'
import { loadBackgroundRemovalModel } from './load-background-removal-model.ts'
import { removeBackground } from './remove-background.ts'
import { upscaleModelLoader } from './upscale-model-loader.ts'

const models = createModelStore({ device: 'cpu', maxBytes: 1e9, log: () => undefined })
afterAll(() => models.unloadAll())

let bench: TestBench
let previews: PreviewImage[]
let context: NodeContext
beforeEach(async () => {
  bench = await createTestBench()
  previews = []
  context = contextOver(shippedModels)
})
afterEach(() => bench.remove())

function contextOver(root: string): NodeContext {
  return {
    ...bench.context,
    models,
    listModels: async (folder) => (await readdir(join(root, folder))).sort(),
    findModel: async (folder, name) => {
      const found = (await readdir(join(root, folder))).includes(name)
      return found ? join(root, folder, name) : null
    },
    async progress(value, max, preview) {
      if (preview) previews.push(preview)
      await bench.context.progress(value, max)
    },
  }
}

const crop = { left: 150, top: 60, width: 220, height: 100 }

async function loadUpscaler(name: string) {
  return valuesOf(await upscaleModelLoader.execute({ model_name: name }, context))[0] as never
}

describe('upscaling', () => {
  it('enlarges by the model’s own scale, reporting tiles and showing the picture so far', async () => {
    const image = await loadPhoto('coffee.png', crop)
    const inputs = { upscale_model: await loadUpscaler('realesr-animevideov3-x4.param'), image }
    const [result] = valuesOf(await imageUpscaleWithModel.execute(inputs, context)) as [ImageTensor]
    expect(result.shape).toEqual([1, 400, 880, 3])
    expect(bench.progress).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(previews[0]?.format).toBe('jpeg')
    const preview = await sharp(previews[0]!.bytes).metadata()
    expect([preview.format, preview.width, preview.height]).toEqual(['jpeg', 512, 233])
  })

  it('keeps an alpha channel, resized', async () => {
    const color = await loadPhoto('coffee.png', { left: 200, top: 100, width: 24, height: 20 })
    const data = new Float32Array(24 * 20 * 4)
    for (let pixel = 0; pixel < 24 * 20; pixel += 1) {
      data.set(color.data.subarray(pixel * 3, pixel * 3 + 3), pixel * 4)
      data[pixel * 4 + 3] = pixel % 24 < 12 ? 0 : 1
    }
    const inputs = {
      upscale_model: await loadUpscaler('realesr-animevideov3-x2.param'),
      image: { data, shape: [1, 20, 24, 4] as [number, number, number, number] },
    }
    const [result] = valuesOf(await imageUpscaleWithModel.execute(inputs, context)) as [ImageTensor]
    expect(result.shape).toEqual([1, 40, 48, 4])
    const alpha = (x: number) => result.data[(20 * 48 + x) * 4 + 3]
    expect([alpha(10), alpha(23), alpha(24), alpha(40)]).toEqual([0, 0.25, 0.75, 1])
  })

  it('ends with the tile that is running when the job is interrupted', async () => {
    const image = await loadPhoto('coffee.png', { left: 0, top: 0, width: 400, height: 200 })
    const upscaler = await loadUpscaler('waifu2x-cunet-noise1.param')
    let tiles = 0
    const interrupted: NodeContext = {
      ...context,
      progress: async () => {
        tiles += 1
        throw new InterruptedError()
      },
    }
    const run = imageUpscaleWithModel.execute({ upscale_model: upscaler, image }, interrupted)
    await expect(run).rejects.toThrow(InterruptedError)
    expect(tiles).toBe(1)
  })
})

describe('removing the background', () => {
  it('gives a mask of the picture’s size, 1 on the foreground', async () => {
    const image = await loadPhoto('astronaut.png', { left: 0, top: 0, width: 500, height: 300 })
    const [model] = valuesOf(
      await loadBackgroundRemovalModel.execute({ bg_removal_name: 'selfie-segmentation.onnx' }, context),
    )
    const inputs = { bg_removal_model: model as never, image }
    const [mask] = valuesOf(await removeBackground.execute(inputs, context)) as [MaskTensor]
    expect(mask.shape).toEqual([1, 300, 500])
    expect(mask.data[120 * 500 + 225]).toBeGreaterThan(0.9)
    expect(mask.data[10 * 500 + 10]).toBeLessThan(0.1)
    expect(bench.progress).toEqual([[1, 1]])
    expect(previews).toHaveLength(1)
  })

  it('refuses an upscaler', async () => {
    const root = await mkdtemp(join(tmpdir(), 'models-'))
    await mkdir(join(root, 'background_removal'))
    for (const ending of ['param', 'bin']) {
      const from = join(shippedModels, 'upscale_models', `waifu2x-cunet-noise1.${ending}`)
      await copyFile(from, join(root, 'background_removal', `wrong.${ending}`))
    }
    const loading = loadBackgroundRemovalModel.execute({ bg_removal_name: 'wrong.param' }, contextOver(root))
    await expect(loading).rejects.toThrow('wrong.param is not a background removal model that this engine knows')
    await rm(root, { recursive: true })
  })
})

describe('interpolating frames', () => {
  it('puts multiplier - 1 frames between each pair', async () => {
    const [a, b] = await Promise.all([crop, { ...crop, left: 158 }].map((part) => loadPhoto('coffee.png', part)))
    const data = new Float32Array(a!.data.length * 2)
    data.set(a!.data)
    data.set(b!.data, a!.data.length)
    const [model] = valuesOf(await frameInterpolationModelLoader.execute({ model_name: 'rife-v4.6.param' }, context))
    const inputs = {
      interp_model: model as never,
      images: { data, shape: [2, 100, 220, 3] as [number, number, number, number] },
      multiplier: 3,
    }
    const [result] = valuesOf(await frameInterpolate.execute(inputs, context)) as [ImageTensor]
    expect(result.shape).toEqual([4, 100, 220, 3])
    expect(bench.progress).toEqual([
      [1, 2],
      [2, 2],
    ])
  })

  it('leaves a single picture alone', async () => {
    const image = await loadPhoto('coffee.png', crop)
    const inputs = { interp_model: null as never, images: image, multiplier: 2 }
    expect(valuesOf(await frameInterpolate.execute(inputs, context))).toEqual([image])
  })
})

describe('the files to choose from', () => {
  let root: string
  let folder: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'models-'))
    folder = join(root, 'upscale_models')
    await mkdir(folder)
  })
  afterEach(() => rm(root, { recursive: true }))

  it('are models, without the weights that belong to one, and without notes', async () => {
    const names = ['a.onnx', 'a.data', 'b.param', 'b.bin', 'c.bin', 'd.pth', 'e.safetensors', 'readme.md', 'put_here']
    for (const name of names) await writeFile(join(folder, name), '')
    const [choices] = await describeInput(upscaleModelLoader.inputs.model_name, contextOver(root))
    expect(choices).toEqual(['a.onnx', 'b.param', 'c.bin', 'd.pth', 'e.safetensors'])
  })

  it('say why they are refused when they are pickles', async () => {
    await writeFile(join(folder, '4x.pth'), 'PK\u0003\u0004 archive/data.pkl')
    const loading = upscaleModelLoader.execute({ model_name: '4x.pth' }, contextOver(root))
    await expect(loading).rejects.toThrow(/^4x\.pth is a PyTorch pickle/)
  })

  it('make their loader run again when they are replaced', async () => {
    const mark = () => upscaleModelLoader.changeMark!({ model_name: 'a.onnx' }, contextOver(root))
    expect(await mark()).toBe('missing')
    await writeFile(join(folder, 'a.onnx'), 'one')
    const first = await mark()
    expect(await mark()).toBe(first)
    await writeFile(join(folder, 'a.onnx'), 'other')
    expect(await mark()).not.toBe(first)
  })

  it('are missed by name', async () => {
    const loading = upscaleModelLoader.execute({ model_name: 'gone.onnx' }, contextOver(root))
    await expect(loading).rejects.toThrow('The model gone.onnx is not in models/upscale_models')
  })
})
