/** @file The nodes that make latents and change them, without a network: what they compute is in `engine/sampling/latents/`. */
import type { LatentValue } from '../../diffusion/latent-value.ts'
import { maskForLatents } from '../../diffusion/masks.ts'
import { roundHalfEven } from '../../images/round-half-even.ts'
import { blendLatents, compositeLatents, compositeMaskedLatents } from '../../sampling/latents/compose.ts'
import { concatLatents, cropLatent, type Latent, repeatLatents, selectLatents } from '../../sampling/latents/latent.ts'
import { type LatentScaleMethod, latentScaleMethods, resizeLatent } from '../../sampling/latents/resize.ts'
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input, NodeError } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { maxBatch, maxResolution } from '../limits.ts'
import { together } from './together.ts'

const outputs = [{ type: 'LATENT' }] as const
/** Pixels of the picture for one position of the latent. */
const downscale = 8
/** Numbers: 4 GiB of them. A size that is typed wrong must not end the process. */
const mostValues = 2 ** 30

const pixels = (value: number, min = 0) => input.int({ default: value, min, max: maxResolution, step: 8 })
const inLatent = (value: number) => Math.floor(value / downscale)

/** @throws NodeError when it would not fit in memory */
function requireRoom(...shape: readonly number[]): void {
  const values = shape.reduce((product, size) => product * size, 1)
  if (values > mostValues) {
    throw new NodeError(`A latent of ${shape.join(' × ')} does not fit in memory. Use a smaller size or batch.`)
  }
}

/** The same treatment of another latent. */
function withLatent(value: LatentValue, latent: Latent): LatentValue {
  return { ...value, ...latent }
}

export const emptyLatentImage = defineNode({
  classType: 'EmptyLatentImage',
  displayName: 'Empty Latent Image',
  category: 'latent',
  description: 'Latents with nothing in them, to be filled by a sampler.',
  inputs: {
    width: input.int({ default: 512, min: 16, max: maxResolution, step: 8, tooltip: 'In pixels' }),
    height: input.int({ default: 512, min: 16, max: maxResolution, step: 8, tooltip: 'In pixels' }),
    batch_size: input.int({ default: 1, min: 1, max: maxBatch, tooltip: 'How many pictures to make' }),
  },
  outputs,
  execute({ width, height, batch_size }) {
    const shape = [batch_size, 4, inLatent(height), inLatent(width)] as const
    requireRoom(...shape)
    return [{ data: new Float32Array(shape.reduce((product, size) => product * size)), shape } satisfies LatentValue]
  },
})

export const latentUpscale = defineNode({
  classType: 'LatentUpscale',
  displayName: 'Upscale Latent',
  category: 'latent',
  inputs: {
    samples: link.latent(),
    upscale_method: input.combo(latentScaleMethods),
    width: pixels(512),
    height: pixels(512),
    crop: input.combo(['disabled', 'center']),
  },
  outputs,
  execute({ samples, upscale_method, width, height, crop }) {
    if (width === 0 && height === 0) return [samples]
    const [batch, channels, oldHeight, oldWidth] = samples.shape
    // A side of 0 follows from the other, once that is large enough, and the proportions.
    const [asWide, asHigh] = [Math.max(64, width), Math.max(64, height)]
    const wide = width === 0 ? Math.max(64, roundHalfEven((oldWidth * asHigh) / oldHeight)) : asWide
    const high = height === 0 ? Math.max(64, roundHalfEven((oldHeight * asWide) / oldWidth)) : asHigh
    requireRoom(batch, channels, inLatent(high), inLatent(wide))
    const resized = resizeLatent(
      samples,
      inLatent(high),
      inLatent(wide),
      upscale_method as LatentScaleMethod,
      crop as 'disabled' | 'center',
    )
    return [withLatent(samples, resized)]
  },
})

export const latentUpscaleBy = defineNode({
  classType: 'LatentUpscaleBy',
  displayName: 'Upscale Latent By',
  category: 'latent',
  inputs: {
    samples: link.latent(),
    upscale_method: input.combo(latentScaleMethods),
    scale_by: input.float({ default: 1.5, min: 0.01, max: 8, step: 0.01 }),
  },
  outputs,
  execute({ samples, upscale_method, scale_by }) {
    const [batch, channels, height, width] = samples.shape
    const [high, wide] = [height, width].map((side) => Math.max(1, roundHalfEven(side * scale_by))) as [number, number]
    requireRoom(batch, channels, high, wide)
    return [withLatent(samples, resizeLatent(samples, high, wide, upscale_method as LatentScaleMethod))]
  },
})

export const latentCrop = defineNode({
  classType: 'LatentCrop',
  displayName: 'Crop Latent',
  category: 'latent/transform',
  inputs: { samples: link.latent(), width: pixels(512, 64), height: pixels(512, 64), x: pixels(0), y: pixels(0) },
  outputs,
  execute({ samples, width, height, x, y }) {
    const [, , oldHeight, oldWidth] = samples.shape
    // A corner that is too far out is moved back, so that something is left.
    const left = Math.min(inLatent(x), Math.max(0, oldWidth - downscale))
    const top = Math.min(inLatent(y), Math.max(0, oldHeight - downscale))
    const window = {
      x: left,
      y: top,
      width: Math.min(inLatent(width), oldWidth - left),
      height: Math.min(inLatent(height), oldHeight - top),
    }
    return [withLatent(samples, cropLatent(samples, window))]
  },
})

export const latentFlip = defineNode({
  classType: 'LatentFlip',
  displayName: 'Flip Latent',
  category: 'latent/transform',
  inputs: {
    samples: link.latent(),
    flip_method: input.combo(['x-axis: vertically', 'y-axis: horizontally']),
  },
  outputs,
  execute: ({ samples, flip_method }) => [
    withLatent(
      samples,
      mapPositions(samples, samples.shape[2], samples.shape[3], (y, x, height, width) =>
        flip_method.startsWith('x') ? [height - 1 - y, x] : [y, width - 1 - x],
      ),
    ),
  ],
})

export const latentRotate = defineNode({
  classType: 'LatentRotate',
  displayName: 'Rotate Latent',
  category: 'latent/transform',
  inputs: {
    samples: link.latent(),
    rotation: input.combo(['none', '90 degrees', '180 degrees', '270 degrees']),
  },
  outputs,
  execute({ samples, rotation }) {
    const [, , height, width] = samples.shape
    const turns = ['none', '90 degrees', '180 degrees', '270 degrees'].indexOf(rotation)
    if (turns <= 0) return [samples]
    const [newHeight, newWidth] = turns === 2 ? [height, width] : [width, height]
    const rotated = mapPositions(samples, newHeight, newWidth, (y, x) => {
      if (turns === 1) return [height - 1 - x, y]
      if (turns === 2) return [height - 1 - y, width - 1 - x]
      return [x, width - 1 - y]
    })
    return [withLatent(samples, rotated)]
  },
})

/** @param from - the old position (row, column) of a new one */
function mapPositions(
  { data, shape }: Latent,
  newHeight: number,
  newWidth: number,
  from: (y: number, x: number, height: number, width: number) => [number, number],
): Latent {
  const [batch, channels, height, width] = shape
  const out = new Float32Array(batch * channels * newHeight * newWidth)
  for (let plane = 0; plane < batch * channels; plane += 1) {
    for (let y = 0; y < newHeight; y += 1) {
      for (let x = 0; x < newWidth; x += 1) {
        const [oldY, oldX] = from(y, x, height, width)
        out[(plane * newHeight + y) * newWidth + x] = data[(plane * height + oldY) * width + oldX]!
      }
    }
  }
  return { data: out, shape: [batch, channels, newHeight, newWidth] }
}

export const latentComposite = defineNode({
  classType: 'LatentComposite',
  displayName: 'Latent Composite',
  category: 'latent',
  description: 'Lays one latent over another.',
  inputs: {
    samples_to: link.latent(),
    samples_from: link.latent(),
    x: pixels(0),
    y: pixels(0),
    feather: pixels(0),
  },
  outputs,
  execute({ samples_to, samples_from, x, y, feather }) {
    const at = { x: inLatent(x), y: inLatent(y), feather: inLatent(feather) }
    return [
      withLatent(
        samples_to,
        together(() => compositeLatents(samples_to, samples_from, at)),
      ),
    ]
  },
})

export const latentCompositeMasked = defineNode({
  classType: 'LatentCompositeMasked',
  category: 'latent',
  description: 'Lays one latent over another, as far as a mask says.',
  inputs: {
    destination: link.latent(),
    source: link.latent(),
    x: pixels(0),
    y: pixels(0),
    resize_source: input.boolean({ default: false }),
    mask: input.optional(input.link<MaskTensor>('MASK')),
  },
  outputs,
  execute({ destination, source, x, y, resize_source, mask }) {
    const [batch, , height, width] = destination.shape
    const upper = resize_source ? resizeLatent(source, height, width, 'bilinear') : source
    const weights = mask && maskForLatents(mask, [batch, upper.shape[1], upper.shape[2], upper.shape[3]])
    const place = { x: inLatent(x), y: inLatent(y) }
    return [
      withLatent(
        destination,
        together(() => compositeMaskedLatents(destination, upper, place, weights)),
      ),
    ]
  },
})

export const latentBlend = defineNode({
  classType: 'LatentBlend',
  displayName: 'Latent Blend',
  category: '_for_testing',
  inputs: {
    samples1: link.latent(),
    samples2: link.latent(),
    blend_factor: input.float({ default: 0.5, min: 0, max: 1, step: 0.01 }),
  },
  outputs,
  execute: ({ samples1, samples2, blend_factor }) => [
    withLatent(
      samples1,
      together(() => blendLatents(samples1, samples2, blend_factor)),
    ),
  ],
})

export const latentBatch = defineNode({
  classType: 'LatentBatch',
  displayName: 'Latent Batch',
  category: 'latent/batch',
  inputs: { samples1: link.latent(), samples2: link.latent() },
  outputs,
  execute({ samples1, samples2 }) {
    const [, , height, width] = samples1.shape
    const fits = samples2.shape[2] === height && samples2.shape[3] === width
    const second = fits ? samples2 : resizeLatent(samples2, height, width, 'bilinear', 'center')
    const joined = together(() => concatLatents(samples1, second))
    return [{ ...withLatent(samples1, joined), batchIndex: [...indices(samples1), ...indices(samples2)] }]
  },
})

export const latentFromBatch = defineNode({
  classType: 'LatentFromBatch',
  displayName: 'Latent From Batch',
  category: 'latent/batch',
  inputs: {
    samples: link.latent(),
    batch_index: input.int({ default: 0, min: 0, max: 63 }),
    length: input.int({ default: 1, min: 1, max: 64 }),
  },
  outputs,
  execute({ samples, batch_index, length }) {
    const batch = samples.shape[0]
    const first = Math.min(batch - 1, batch_index)
    const count = Math.min(batch - first, length)
    const chosen = Array.from({ length: count }, (_, index) => first + index)
    const all = indices(samples)
    return [
      {
        ...withLatent(samples, selectLatents(samples, chosen)),
        batchIndex: chosen.map((index) => all[index]!),
        ...(samples.noiseMask && { noiseMask: masksAt(samples.noiseMask, chosen) }),
      } satisfies LatentValue,
    ]
  },
})

export const repeatLatentBatch = defineNode({
  classType: 'RepeatLatentBatch',
  displayName: 'Repeat Latent Batch',
  category: 'latent/batch',
  inputs: { samples: link.latent(), amount: input.int({ default: 1, min: 1, max: 64 }) },
  outputs,
  execute({ samples, amount }) {
    const batch = samples.shape[0]
    requireRoom(...samples.shape, amount)
    const repeated: LatentValue = withLatent(samples, repeatLatents(samples, batch * amount))
    if (!samples.batchIndex) return [repeated]
    // Each repetition gets noises of its own, behind those of the one before.
    const span = Math.max(...samples.batchIndex) - Math.min(...samples.batchIndex) + 1
    const batchIndex = Array.from(
      { length: batch * amount },
      (_, at) => samples.batchIndex![at % batch]! + span * Math.floor(at / batch),
    )
    return [{ ...repeated, batchIndex }]
  },
})

export const setLatentNoiseMask = defineNode({
  classType: 'SetLatentNoiseMask',
  displayName: 'Set Latent Noise Mask',
  category: 'latent/inpaint',
  description: 'Sampling changes the latent only where the mask is.',
  inputs: { samples: link.latent(), mask: input.link<MaskTensor>('MASK') },
  outputs,
  execute: ({ samples, mask }) => [{ ...samples, noiseMask: mask } satisfies LatentValue],
})

function indices({ shape, batchIndex }: LatentValue): readonly number[] {
  return batchIndex ?? Array.from({ length: shape[0] }, (_, index) => index)
}

function masksAt({ data, shape }: MaskTensor, chosen: readonly number[]): MaskTensor {
  const [count, height, width] = shape
  const size = height * width
  const out = new Float32Array(chosen.length * size)
  for (const [at, index] of chosen.entries()) {
    const from = (index % count) * size
    out.set(data.subarray(from, from + size), at * size)
  }
  return { data: out, shape: [chosen.length, height, width] }
}

export const latentNodes = [
  emptyLatentImage,
  latentUpscale,
  latentUpscaleBy,
  latentCrop,
  latentFlip,
  latentRotate,
  latentComposite,
  latentCompositeMasked,
  latentBlend,
  latentBatch,
  latentFromBatch,
  repeatLatentBatch,
  setLatentNoiseMask,
]
