/**
 * @file A network that both sides of the sampler tests can compute: the exact x0 of data that is -1 or 1 (without
 * guidance: -0.5 or 0.5), blurred by a spread. For tests only.
 */
import type { SamplerRun } from '../types.ts'

function posteriorMean(x: number, sigma: number, mode: number, spread: number): number {
  const total = spread * spread + sigma * sigma
  return (x * spread * spread + sigma * sigma * mode * Math.tanh((mode * x) / total)) / total
}

/** The guided prediction u + 1.5 (c - u), and u itself for the CFG++ samplers. */
export function createToyNetwork() {
  let unconditional: Float32Array | undefined
  const network = {
    calls: 0,
    steps: [] as number[],
    async denoise(x: Float32Array, sigma: number): Promise<Float32Array> {
      network.calls++
      unconditional = x.map((value) => posteriorMean(value, sigma, 0.5, 0.8))
      const without = unconditional
      return x.map((value, i) => without[i]! + 1.5 * (posteriorMean(value, sigma, 1, 0.5) - without[i]!))
    },
    unconditional: () => unconditional,
    async onStep(step: { index: number }) {
      network.steps.push(step.index)
    },
  }
  return network satisfies Partial<SamplerRun>
}

/** The latent the runs start from. */
export function toyStart(length: number, sigma: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + 0.3) * sigma)
}
