/** @file SaveAnimatedWEBP: a batch as one moving WebP picture; the graph lies in its EXIF fields, as ComfyUI puts it. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { encodeAnimatedWebp } from '../../images/encode-webp.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { embeddedTexts } from '../embedded-texts.ts'

/** Encoder effort by its name in the widget. */
const efforts: Record<string, number> = { default: 4, fastest: 0, slowest: 6 }

export const saveAnimatedWebp = defineNode({
  classType: 'SaveAnimatedWEBP',
  displayName: 'Save Animated WEBP',
  category: 'image/animation',
  isOutputNode: true,
  inputs: {
    images: input.link<ImageTensor>('IMAGE'),
    filename_prefix: input.string({ default: 'ComfyUI' }),
    fps: input.float({ default: 6.0, min: 0.01, max: 1000.0, step: 0.01 }),
    lossless: input.boolean({ default: true }),
    quality: input.int({ default: 80, min: 0, max: 100 }),
    method: input.combo(Object.keys(efforts)),
  },
  hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
  outputs: [],
  async execute({ images, filename_prefix, fps, lossless, quality, method }, context) {
    const [count, height, width] = images.shape
    const file = await context.outputs.write({
      prefix: filename_prefix,
      extension: 'webp',
      destination: 'output',
      batchIndex: 0,
      width,
      height,
      write: async (path) => {
        const texts = embeddedTexts(context)
        const options = { frameRate: fps, lossless, quality, effort: efforts[method] ?? 4, texts }
        await pipeline(await encodeAnimatedWebp(images, options), createWriteStream(path, { flags: 'wx' }))
      },
    })
    return { ui: { images: [file], animated: [count !== 1] } }
  },
})
