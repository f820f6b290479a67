/**
 * @file Noise that is asked for before the network runs. A Brownian path takes long to compute, and the process has nothing
 * else to do while the network computes on other threads.
 */
import type { SamplerRun } from '../types.ts'

/** @returns the noise, to be awaited after the network's run; a failure only counts then */
export function noiseAhead(run: SamplerRun, from: number, to: number): Promise<Float32Array> {
  const noise = Promise.resolve(run.noise(from, to))
  // Should the network's run fail first, nobody awaits this any more.
  noise.catch(() => undefined)
  return noise
}
