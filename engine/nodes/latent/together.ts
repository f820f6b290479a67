/** @file What is said when two latents do not fit together. */
import type { Latent } from '../../sampling/latents/latent.ts'
import { NodeError } from '../define.ts'

/** Latents that do not fit together are the person's to change, so they are told as errors of the node. */
export function together(work: () => Latent): Latent {
  try {
    return work()
  } catch (error) {
    throw error instanceof RangeError ? new NodeError(error.message) : error
  }
}
