/**
 * @file What networks trained for inpainting or editing see beside the latent: where to paint, and what is there otherwise.
 * @see Rombach et al. 2022, arXiv 2112.10752, section 4.5; Brooks et al. 2023, arXiv 2211.09800, section 3.2
 */
import { roundHalfEven } from '../images/round-half-even.ts'
import type { ConcatConditioning } from '../models/text/conditioning.ts'
import { toNetworkLatent } from '../sampling/latents/formats.ts'
import { fitBatch, type Latent, type LatentShape } from '../sampling/latents/latent.ts'
import { resizeLatent } from '../sampling/latents/resize.ts'
import type { MaskTensor } from '../tensor.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import type { LatentValue } from './latent-value.ts'
import { maskForLatents } from './masks.ts'

/** The mask in the first channel, the picture's latent in the others. */
const inpaintInputs = 9
/** The picture's latent alone (InstructPix2Pix). */
const editInputs = 8

/** The grey picture, as the VAE of SD 1 encodes it at the network's scale: stands for "nothing is there". */
const blank = [0.8223, -0.6876, 0.6364, 0.138] as const

/**
 * @param concat - what the conditioning brings (InpaintModelConditioning); without it the latent tells
 * @param scaled - the latent at the network's scale
 * @returns `[batch, 5, height, width]` or `[batch, 4, height, width]`; null for networks that see the latent only
 */
export function extraChannels(
  { unet, latentFormat, editsNetworkLatents = false }: DiffusionModel,
  concat: ConcatConditioning | undefined,
  latent: LatentValue,
  scaled: Float32Array,
): Float32Array | null {
  const { shape } = latent
  if (unet.config.inChannels === editInputs) {
    // Trained on latents as the VAE gives them, but for CosXL; no picture is nothing at all.
    if (!concat) return new Float32Array(latent.data.length)
    const shown = fitted(concat.latent, shape)
    return editsNetworkLatents ? toNetworkLatent(latentFormat, shown) : shown.data
  }
  if (unet.config.inChannels !== inpaintInputs) return null
  const mask = concat?.mask
    ? maskOfPicture(concat.mask, shape)
    : latent.noiseMask && maskForLatents(latent.noiseMask, shape).map(roundHalfEven)
  if (!mask) return joinPlanes(new Float32Array(planeSize(shape) * shape[0]).fill(1), blankPicture(shape), shape)
  const picture = concat ? toNetworkLatent(latentFormat, fitted(concat.latent, shape)) : scaled
  return joinPlanes(mask, picture, shape)
}

/** At the size of the latents, its middle where the proportions differ; fewer are repeated, each in its turn. */
function fitted(latent: Latent, [batch, , height, width]: LatentShape): Latent {
  const [, , oldHeight, oldWidth] = latent.shape
  const isSame = oldHeight === height && oldWidth === width
  return fitBatch(isSame ? latent : resizeLatent(latent, height, width, 'bilinear', 'center'), batch)
}

function maskOfPicture({ data, shape: [count, rows, columns] }: MaskTensor, shape: LatentShape): Float32Array {
  const mask = fitted({ data, shape: [count, 1, rows, columns] }, shape)
  return mask.data.map(roundHalfEven)
}

function planeSize([, , height, width]: LatentShape): number {
  return height * width
}

function blankPicture([batch, channels, height, width]: LatentShape): Float32Array {
  const plane = height * width
  const out = new Float32Array(batch * channels * plane)
  for (let index = 0; index < batch * channels; index += 1) {
    out.fill(blank[index % channels] ?? 0, index * plane, (index + 1) * plane)
  }
  return out
}

/** The mask's plane before the picture's, latent by latent. */
function joinPlanes(mask: Float32Array, picture: Float32Array, shape: LatentShape): Float32Array {
  const [batch, channels] = shape
  const plane = planeSize(shape)
  const out = new Float32Array(batch * (channels + 1) * plane)
  for (let index = 0; index < batch; index += 1) {
    const at = index * (channels + 1) * plane
    out.set(mask.subarray(index * plane, (index + 1) * plane), at)
    out.set(picture.subarray(index * channels * plane, (index + 1) * channels * plane), at + plane)
  }
  return out
}
