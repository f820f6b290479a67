/** @file What a run of a UNet, or of a ControlNet, takes beside the weights. */
import type { UNetConfig } from './config.ts'

/** Values that are held at once, per value of the first level: measured with SD 1.5 at 64 x 64 on the CPU (107 MB). */
const heldAtOnce = 20

/**
 * Bytes of the activations.
 * @param shape - of the latents: batch, channels, height, width
 */
export function unetWorkingBytes(
  { modelChannels }: Pick<UNetConfig, 'modelChannels'>,
  shape: readonly number[],
): number {
  const [batch, , height, width] = shape as [number, number, number, number]
  return heldAtOnce * Float32Array.BYTES_PER_ELEMENT * modelChannels * batch * height * width
}

/** For the person whose device lacks the memory. */
export const lightenUNet = 'Make smaller pictures or fewer at once'
