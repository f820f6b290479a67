/** @file Resizing latents: the kernels PyTorch has, on every channel as a picture of its own, and bislerp. */
import { type CropMethod, centreCrop } from '../../images/centre-crop.ts'
import { type FixedKernel, resample } from '../../images/resample.ts'
import { bislerp } from './bislerp.ts'
import { cropLatent, type Latent } from './latent.ts'

/** ComfyUI's names, in its order. */
export const latentScaleMethods = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'bislerp'] as const
export type LatentScaleMethod = (typeof latentScaleMethods)[number]

/**
 * Every latent of a batch in a new size, in latent positions.
 * @param crop - `center` first cuts to the new proportions, around the middle
 * @throws RangeError when the new size is empty or not whole
 */
export function resizeLatent(
  whole: Latent,
  height: number,
  width: number,
  method: LatentScaleMethod,
  crop: CropMethod = 'disabled',
): Latent {
  if (![height, width].every((side) => Number.isInteger(side) && side > 0)) {
    throw new RangeError(`Cannot scale a latent to ${width} × ${height}`)
  }
  const latent =
    crop === 'center' ? cropLatent(whole, centreCrop(whole.shape[3], whole.shape[2], width, height)) : whole
  const [batch, channels, oldHeight, oldWidth] = latent.shape
  const shape = [batch, channels, height, width] as const
  if (method === 'bislerp') return { data: bislerp(latent, height, width), shape }
  const data = new Float32Array(batch * channels * height * width)
  const size = oldHeight * oldWidth
  for (let plane = 0; plane < batch * channels; plane++) {
    const source = latent.data.subarray(plane * size, (plane + 1) * size)
    const resized = resample(source, [oldHeight, oldWidth, 1], height, width, method satisfies FixedKernel)
    data.set(resized, plane * height * width)
  }
  return { data, shape }
}
