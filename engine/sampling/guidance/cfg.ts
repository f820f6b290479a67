/**
 * @file Ways to combine the predictions (x0) for several prompts into the one a sampler follows. All are elementwise; a
 * latent is batch, channels, height, width.
 */
import { combine, mix } from '../vector.ts'

/**
 * Classifier-free guidance: beyond the conditional prediction, away from the unconditional one.
 * @param unconditional - not needed at scale 1, see {@link needsUnconditional}
 * @see Ho and Salimans 2022, arXiv 2207.12598, eq. 6 (where the scale is w + 1)
 */
export function classifierFreeGuidance(
  conditional: Float32Array,
  unconditional: Float32Array,
  scale: number,
): Float32Array {
  return mix(scale, conditional, 1 - scale, unconditional)
}

/** Whether guidance at this scale looks at the unconditional prediction at all. */
export function needsUnconditional(scale: number): boolean {
  return Math.abs(scale - 1) > 1e-9
}

/**
 * Guidance by two prompts: `scale1` from the second towards the first, `scale2` from the negative towards the second.
 * @param nested - first from the second prompt towards the first, then from the negative towards the result
 * @param guide - the inner of the two steps
 * @see Brooks et al. 2023, "InstructPix2Pix", arXiv 2211.09800, eq. 3
 */
export function dualGuidance(
  first: Float32Array,
  second: Float32Array,
  negative: Float32Array,
  scale1: number,
  scale2: number,
  nested = false,
  guide = classifierFreeGuidance,
): Float32Array {
  if (nested) return classifierFreeGuidance(guide(first, second, scale1), negative, scale2)
  const inner = guide(second, negative, scale2)
  return combine([1, inner], [scale1, first], [-scale1, second])
}

/**
 * Guidance whose contrast is brought back to that of the conditional prediction, against the burnt look of high scales.
 * The comparison is made on v = (x / (sigma² + 1) - x0) sqrt(sigma² + 1) / sigma.
 * @param batch - latents in the arrays; contrast is measured for each
 * @param multiplier - 0 is plain guidance, 1 the full correction
 * @see Lin et al. 2023, arXiv 2305.08891, eq. 15 and 16
 */
export function rescaledGuidance(
  x: Float32Array,
  conditional: Float32Array,
  unconditional: Float32Array,
  sigma: number,
  scale: number,
  multiplier: number,
  batch: number,
): Float32Array {
  const total = sigma * sigma + 1
  const toV = (denoised: Float32Array) => mix(1 / (Math.sqrt(total) * sigma), x, -Math.sqrt(total) / sigma, denoised)
  const v = toV(conditional)
  const guided = classifierFreeGuidance(v, toV(unconditional), scale)
  const each = x.length / batch
  for (let b = 0; b < batch; b++) {
    const part = guided.subarray(b * each, (b + 1) * each)
    const ratio = deviation(v.subarray(b * each, (b + 1) * each)) / deviation(part)
    // A guided prediction without any contrast has none to bring back.
    const factor = Number.isFinite(ratio) ? multiplier * ratio + 1 - multiplier : 1
    for (let i = 0; i < part.length; i++) part[i]! *= factor
  }
  return mix(1 / total, x, -sigma / Math.sqrt(total), guided)
}

/**
 * Guidance where the negative prompt only pushes across the positive one's direction, never against it.
 * @param neutral - the prediction for an empty prompt
 * @see Armandpour et al. 2023, "Re-imagine the Negative Prompt Algorithm", arXiv 2304.04968, eq. 10
 */
export function perpNegGuidance(
  positive: Float32Array,
  negative: Float32Array,
  neutral: Float32Array,
  negativeScale: number,
  scale: number,
): Float32Array {
  let dot = 0
  let square = 0
  for (let i = 0; i < neutral.length; i++) {
    const p = positive[i]! - neutral[i]!
    dot += p * (negative[i]! - neutral[i]!)
    square += p * p
  }
  const along = square > 0 ? dot / square : 0
  // neutral + scale (p - negativeScale (n - along p)), with p and n relative to neutral
  const onPositive = scale * (1 + negativeScale * along)
  const onNegative = -scale * negativeScale
  return combine([onPositive, positive], [onNegative, negative], [1 - onPositive - onNegative, neutral])
}

/** Standard deviation with n - 1, as torch has it. */
function deviation(values: Float32Array): number {
  let mean = 0
  for (const value of values) mean += value / values.length
  let sum = 0
  for (const value of values) sum += (value - mean) ** 2
  return Math.sqrt(sum / (values.length - 1))
}
