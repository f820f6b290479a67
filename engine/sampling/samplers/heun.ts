/** @file Second and third order steps that average slopes at both ends of a step. */
import type { Sampler } from '../types.ts'
import { combine, mix } from '../vector.ts'
import { type ChurnOptions, churn } from './churn.ts'
import { lineTo } from './euler.ts'

/** Two network calls a step, one in the last. @see Karras et al. 2022, arXiv 2206.00364, algorithm 2 */
export const heun: Sampler<ChurnOptions> = async (run, options = {}) => {
  let { x } = run
  for (let index = 0; index < run.sigmas.length - 1; index++) {
    const { x: start, sigma } = await churn(run, x, index, options)
    const next = run.sigmas[index + 1]!
    const denoised = await run.denoise(start, sigma)
    await run.onStep({ index, sigma: run.sigmas[index]!, x: start, denoised })
    const end = lineTo(start, denoised, sigma, next)
    x = end
    if (next > 0) {
      const half = (next - sigma) / 2
      const slopes = [slope(start, denoised, sigma), slope(end, await run.denoise(end, next), next)] as const
      x = combine([1, start], [half, slopes[0]], [half, slopes[1]])
    }
  }
  return x
}

/**
 * Heun with a third slope one step ahead, slopes weighted by their levels; plain Heun in the last step but one.
 * @see diff-sampler (Apache-2.0), `heunpp2`, after "Accelerating Diffusion Sampling with Optimized Time Steps"
 */
export const heunpp2: Sampler<ChurnOptions> = async (run, options = {}) => {
  let { x } = run
  const { sigmas } = run
  for (let index = 0; index < sigmas.length - 1; index++) {
    const { x: start, sigma } = await churn(run, x, index, options)
    const next = sigmas[index + 1]!
    const denoised = await run.denoise(start, sigma)
    await run.onStep({ index, sigma: sigmas[index]!, x: start, denoised })
    const end = lineTo(start, denoised, sigma, next)
    const isLast = index === sigmas.length - 2
    if (isLast || next === 0) {
      x = end
      continue
    }
    const first = slope(start, denoised, sigma)
    const second = slope(end, await run.denoise(end, next), next)
    const dt = next - sigma
    if (index === sigmas.length - 3 || sigmas[index + 2] === 0) {
      const weight = next / (2 * sigmas[0]!)
      x = combine([1, start], [dt * (1 - weight), first], [dt * weight, second])
      continue
    }
    const afterNext = sigmas[index + 2]!
    const further = mix(1, end, afterNext - next, second)
    const third = slope(further, await run.denoise(further, afterNext), afterNext)
    const [w2, w3] = [next / (3 * sigmas[0]!), afterNext / (3 * sigmas[0]!)]
    x = combine([1, start], [dt * (1 - w2 - w3), first], [dt * w2, second], [dt * w3, third])
  }
  return x
}

/** dx/dsigma at a level. */
export function slope(x: Float32Array, denoised: Float32Array, sigma: number): Float32Array {
  return mix(1 / sigma, x, -1 / sigma, denoised)
}
