/**
 * @file What networks trained for inpainting see beside the latent: where to paint, and what is there otherwise.
 * @see Rombach et al. 2022, arXiv 2112.10752, section 4.5
 */
import type { ConcatConditioning } from '../models/text/conditioning.ts'
import { toNetworkLatent } from '../sampling/latents/formats.ts'
import type { Guider } from './guider.ts'
import type { LatentValue } from './latent-value.ts'
import { maskForLatents } from './masks.ts'

/** The mask in the first channel, the picture's latent in the others. */
const inpaintInputs = 9
/** The picture's latent alone (InstructPix2Pix). */
const editInputs = 8

/** The grey picture, as the VAE of SD 1 encodes it at the network's scale: stands for "nothing is there". */
const blank = [0.8223, -0.6876, 0.6364, 0.138] as const

/**
 * @param scaled - the latent at the network's scale
 * @returns `[batch, 5, height, width]` or `[batch, 4, height, width]`; null for networks that see the latent only
 */
export function inpaintChannels(guider: Guider, latent: LatentValue, scaled: Float32Array): Float32Array | null {
  const { unet, latentFormat } = guider.model
  const [batch, channels, height, width] = latent.shape
  const plane = height * width
  if (unet.config.inChannels !== inpaintInputs && unet.config.inChannels !== editInputs) return null
  const concat = concatOf(guider)
  const picture = concat
    ? repeatBatch(toNetworkLatent(latentFormat, concat.latent.data), batch * channels * plane)
    : latent.noiseMask
      ? scaled
      : blankPicture(batch, channels, plane)
  if (unet.config.inChannels === editInputs) return picture
  const maskTensor = concat?.mask ?? latent.noiseMask
  const mask = maskTensor
    ? maskForLatents(maskTensor, latent.shape).map(Math.round)
    : new Float32Array(batch * plane).fill(1)
  const out = new Float32Array(batch * (channels + 1) * plane)
  for (let index = 0; index < batch; index += 1) {
    const at = index * (channels + 1) * plane
    out.set(mask.subarray(index * plane, (index + 1) * plane), at)
    out.set(picture.subarray(index * channels * plane, (index + 1) * channels * plane), at + plane)
  }
  return out
}

/** The picture that a conditioning brings (InpaintModelConditioning, InstructPixToPixConditioning): the first that has one. */
function concatOf(guider: Guider): ConcatConditioning | undefined {
  return Object.values(guider.conditionings)
    .flatMap(({ conditioning }) => conditioning)
    .find(({ options }) => options.concat !== undefined)?.options.concat
}

function blankPicture(batch: number, channels: number, plane: number): Float32Array {
  const out = new Float32Array(batch * channels * plane)
  for (let index = 0; index < batch * channels; index += 1) {
    out.fill(blank[index % channels] ?? 0, index * plane, (index + 1) * plane)
  }
  return out
}

/** Starts again from the first when there are too few. */
function repeatBatch(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values
  return Float32Array.from({ length }, (_, index) => values[index % values.length]!)
}
