/** @file The nodes that prepare a picture and a mask for inpainting. */

import type { LatentValue } from '../../diffusion/latent-value.ts'
import { encodePicture } from '../../diffusion/vae-value.ts'
import { resample } from '../../images/resample.ts'
import { roundHalfEven } from '../../images/round-half-even.ts'
import { withOptions } from '../../models/text/conditioning.ts'
import type { ImageTensor, MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { link } from '../diffusion-links.ts'

/** Pixels of the picture for one position of the latent. */
const downscale = 8

export const vaeEncodeForInpaint = defineNode({
  classType: 'VAEEncodeForInpaint',
  displayName: 'VAE Encode (for Inpainting)',
  category: 'latent/inpaint',
  description:
    'A latent whose masked part is emptied, to be made anew. For models trained for inpainting, or with all of the noise.',
  inputs: {
    pixels: input.link<ImageTensor>('IMAGE'),
    vae: link.vae(),
    mask: input.link<MaskTensor>('MASK'),
    grow_mask_by: input.int({
      default: 6,
      min: 0,
      max: 64,
      step: 1,
      tooltip: 'How far the seam is made anew too, in pixels',
    }),
  },
  outputs: [{ type: 'LATENT' }],
  async execute({ pixels, vae, mask, grow_mask_by }) {
    const { picture, mask: fitted } = cutToGrid(pixels, mask)
    const latent = await encodePicture(vae, greyOut(picture, fitted))
    return [{ ...latent, noiseMask: rounded(grown(fitted, grow_mask_by)) } satisfies LatentValue]
  },
})

export const inpaintModelConditioning = defineNode({
  classType: 'InpaintModelConditioning',
  category: 'conditioning/inpaint',
  description: 'Shows a model that was trained for inpainting what is around the mask.',
  inputs: {
    positive: link.conditioning(),
    negative: link.conditioning(),
    vae: link.vae(),
    pixels: input.link<ImageTensor>('IMAGE'),
    mask: input.link<MaskTensor>('MASK'),
    noise_mask: input.boolean({ default: true, tooltip: 'Change the latent only where the mask is' }),
  },
  outputs: [
    { type: 'CONDITIONING', name: 'positive' },
    { type: 'CONDITIONING', name: 'negative' },
    { type: 'LATENT', name: 'latent' },
  ],
  async execute({ positive, negative, vae, pixels, mask, noise_mask }) {
    const { picture, mask: fitted } = cutToGrid(pixels, mask)
    const shown = await encodePicture(vae, greyOut(picture, fitted))
    const latent: LatentValue = await encodePicture(vae, picture)
    const concat = { latent: shown, mask: fitted }
    return [
      withOptions(positive, { concat }),
      withOptions(negative, { concat }),
      noise_mask ? { ...latent, noiseMask: fitted } : latent,
    ]
  },
})

export const instructPixToPixConditioning = defineNode({
  classType: 'InstructPixToPixConditioning',
  category: 'conditioning/instructpix2pix',
  description: 'Shows a model that was trained for editing (InstructPix2Pix) the picture to change.',
  inputs: {
    positive: link.conditioning(),
    negative: link.conditioning(),
    vae: link.vae(),
    pixels: input.link<ImageTensor>('IMAGE'),
  },
  outputs: [
    { type: 'CONDITIONING', name: 'positive' },
    { type: 'CONDITIONING', name: 'negative' },
    { type: 'LATENT', name: 'latent' },
  ],
  async execute({ positive, negative, vae, pixels }) {
    const shown = await encodePicture(vae, pixels)
    const concat = { latent: shown, mask: null }
    return [
      withOptions(positive, { concat }),
      withOptions(negative, { concat }),
      { data: new Float32Array(shown.data.length), shape: shown.shape } satisfies LatentValue,
    ]
  },
})

/** The picture's middle in whole latent positions, and the mask at its size, cut alike. */
function cutToGrid(image: ImageTensor, mask: MaskTensor): { picture: ImageTensor; mask: MaskTensor } {
  const [batch, height, width, channels] = image.shape
  const [rows, columns] = [height - (height % downscale), width - (width % downscale)]
  const [top, left] = [Math.floor((height % downscale) / 2), Math.floor((width % downscale) / 2)]
  const picture: ImageTensor = {
    data: new Float32Array(batch * rows * columns * channels),
    shape: [batch, rows, columns, channels],
  }
  for (let row = 0; row < batch * rows; row += 1) {
    const [index, y] = [Math.floor(row / rows), row % rows]
    const from = ((index * height + top + y) * width + left) * channels
    picture.data.set(image.data.subarray(from, from + columns * channels), row * columns * channels)
  }
  const [count, maskHeight, maskWidth] = mask.shape
  const cut: MaskTensor = { data: new Float32Array(count * rows * columns), shape: [count, rows, columns] }
  for (let index = 0; index < count; index += 1) {
    const from = index * maskHeight * maskWidth
    const whole = mask.data.subarray(from, from + maskHeight * maskWidth)
    const fitted = resample(whole, [maskHeight, maskWidth, 1], height, width, 'bilinear')
    for (let y = 0; y < rows; y += 1) {
      const start = (top + y) * width + left
      cut.data.set(fitted.subarray(start, start + columns), (index * rows + y) * columns)
    }
  }
  return { picture, mask: cut }
}

/** Grey where the mask is, so that nothing of what was there is left to be seen. */
function greyOut({ data, shape }: ImageTensor, mask: MaskTensor): ImageTensor {
  const [batch, height, width, channels] = shape
  const size = height * width
  const grey = data.slice()
  for (let pixel = 0; pixel < batch * size; pixel += 1) {
    const at = (Math.floor(pixel / size) % mask.shape[0]) * size + (pixel % size)
    const keep = 1 - roundHalfEven(mask.data[at]!)
    for (let channel = 0; channel < Math.min(channels, 3); channel += 1) {
      const index = pixel * channels + channel
      grey[index] = (grey[index]! - 0.5) * keep + 0.5
    }
  }
  return { data: grey, shape }
}

/** The mask spread by a square of `size` pixels around each of its own. */
function grown(mask: MaskTensor, size: number): MaskTensor {
  if (size === 0) return mask
  const [count, height, width] = mask.shape
  const before = Math.ceil((size - 1) / 2)
  const after = size - 1 - before
  const along = (source: Float32Array, stride: number, length: number) => {
    const out = new Float32Array(source.length)
    for (let at = 0; at < source.length; at += 1) {
      const place = Math.floor(at / stride) % length
      for (let step = -Math.min(before, place); step <= Math.min(after, length - 1 - place); step += 1) {
        if (roundHalfEven(source[at + step * stride]!) === 1) {
          out[at] = 1
          break
        }
      }
    }
    return out
  }
  return { data: along(along(mask.data, 1, width), width, height), shape: [count, height, width] }
}

function rounded({ data, shape }: MaskTensor): MaskTensor {
  return { data: data.map(roundHalfEven), shape }
}
