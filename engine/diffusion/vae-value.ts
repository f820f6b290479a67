/** @file VAE, the value that turns latents into pictures and back, in the layouts of nodes. */
import type { Vae, VaeRunOptions } from '../models/diffusion/vae/vae.ts'
import type { Latent } from '../sampling/latents/latent.ts'
import type { ImageTensor } from '../tensor.ts'
import { toPictures, toPlanes } from './planes.ts'

export interface VaeValue {
  vae: Vae
  /** Latents are multiplied by this before they are decoded: 1, but for a TAESD, which knows the network's scale. */
  latentScale: number
}

/** @throws NodeError naming the file when it cannot be opened or run, or the latent is of another kind */
export async function decodeLatent(
  { vae, latentScale }: VaeValue,
  { data, shape }: Latent,
  options: VaeRunOptions = {},
): Promise<ImageTensor> {
  const scaled = latentScale === 1 ? data : data.map((value) => value * latentScale)
  return toPictures(await vae.decode({ data: scaled, shape }, options))
}

/**
 * The most likely latent of a picture: the mean of what the encoder finds. An alpha channel is left out; what is left over of
 * a whole number of latent positions is cut off all around.
 * @throws NodeError naming the file when it cannot be opened or run, or the picture is too small
 */
export async function encodePicture(
  { vae, latentScale }: VaeValue,
  picture: ImageTensor,
  options: VaeRunOptions = {},
): Promise<Latent> {
  const found = await vae.encode(toPlanes(picture, 3, 2, -1), options)
  const [batch, channels, height, width] = found.shape
  const latentChannels = vae.latentChannels
  const size = latentChannels * height * width
  const data = new Float32Array(batch * size)
  for (let index = 0; index < batch; index += 1) {
    const from = index * channels * height * width
    data.set(found.data.subarray(from, from + size), index * size)
  }
  const scaled = latentScale === 1 ? data : data.map((value) => value / latentScale)
  return { data: scaled, shape: [batch, latentChannels, height, width] }
}
