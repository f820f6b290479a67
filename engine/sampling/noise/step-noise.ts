/**
 * @file The noise that ancestral and SDE samplers add while they sample.
 */
import type { Pause } from '../../images/steps.ts'
import type { NoiseSampler } from '../types.ts'
import { BrownianTree } from './brownian-tree.ts'
import { offsetSeed, type Seed } from './mt19937.ts'
import { TorchGenerator } from './torch-generator.ts'

/**
 * Independent noise for each step, from one stream. It starts at seed + 1: with the seed itself the first step would add
 * the very noise the image started from.
 */
export function independentNoise(seed: Seed, length: number): NoiseSampler {
  const generator = new TorchGenerator(offsetSeed(seed, 1))
  return () => generator.randn(length)
}

/**
 * Noise along one Brownian path over the noise levels of a run. More steps refine the same path, so an image keeps its
 * composition when the number of steps changes.
 * @param sigmas - the run's levels; their range above 0 is the path's
 * @see k-diffusion `BrownianTreeNoiseSampler` (MIT)
 */
export function brownianNoise(seed: Seed, length: number, sigmas: Float32Array, pause?: Pause): NoiseSampler {
  const positive = sigmas.filter((sigma) => sigma > 0)
  const tree = new BrownianTree(seed, Math.min(...positive), Math.max(...positive), length, pause)
  const f = Math.fround
  return async (sigma, sigmaNext) => {
    const [from, to] = [f(sigma), f(sigmaNext)]
    const increment = await tree.increment(Math.min(from, to), Math.max(from, to))
    const sign = from < to ? 1 : -1
    const spread = f(Math.sqrt(f(Math.abs(to - from))))
    for (let i = 0; i < increment.length; i++) increment[i] = (sign * increment[i]!) / spread
    return increment
  }
}
