/** @file Refuses a run that cannot fit: asked for so much, the system ends the process and no error is told. */
import { availableMemory } from '#platform/available-memory'
import { NodeError } from '../nodes/define.ts'
import type { LatentShape } from '../sampling/latents/latent.ts'

/** What a block of the first level has at once, at the least: what it got, what it computes from that, and the sum. */
const featuresAtOnce = 3
const bytesPerValue = 4

/**
 * @param modelChannels - features that the network has for each position of the latent
 * @param available - bytes
 * @throws NodeError (`OutOfMemoryError`) when these alone are more than there is
 */
export function requireMemory(
  modelChannels: number,
  [batch, , height, width]: LatentShape,
  available = availableMemory(),
): void {
  const needed = batch * height * width * modelChannels * featuresAtOnce * bytesPerValue
  if (needed <= available) return
  const gigabytes = (bytes: number) => Math.round(bytes / 1e9)
  throw new NodeError(
    `${batch} latents of ${width} x ${height} need more than ${gigabytes(needed)} GB to sample, and there are ${gigabytes(available)}. Use a smaller size or batch.`,
    'OutOfMemoryError',
  )
}
