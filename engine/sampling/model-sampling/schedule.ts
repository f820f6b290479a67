/**
 * @file The noise schedules that models were trained with: a table of noise levels, one for each training step.
 * sigma = sqrt((1 - alphaBar) / alphaBar), so a latent is x0 + sigma · noise.
 */

export type BetaSchedule = 'scaled_linear' | 'linear' | 'squaredcos_cap_v2'

/** The SD family's training schedule. */
export const stableDiffusionBetas = { schedule: 'scaled_linear', start: 0.00085, end: 0.012, steps: 1000 } as const

/**
 * Noise levels for each training step, smallest first, in single precision as models store them.
 * @see Ho et al. 2020, arXiv 2006.11239 (linear); Rombach et al. 2022, arXiv 2112.10752 (scaled linear: linear in the
 * square root); Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 17 (squared cosine)
 */
export function trainingSigmas(
  betas: { schedule: BetaSchedule; start: number; end: number; steps: number } = stableDiffusionBetas,
): Float32Array {
  const sigmas = new Float32Array(betas.steps)
  let alphaBar = 1
  for (let t = 0; t < betas.steps; t++) {
    alphaBar *= 1 - betaAt(t, betas)
    sigmas[t] = Math.sqrt((1 - alphaBar) / alphaBar)
  }
  return sigmas
}

function betaAt(
  t: number,
  { schedule, start, end, steps }: { schedule: BetaSchedule; start: number; end: number; steps: number },
): number {
  const share = steps > 1 ? t / (steps - 1) : 0
  switch (schedule) {
    case 'linear':
      return start + (end - start) * share
    case 'scaled_linear':
      return (Math.sqrt(start) + (Math.sqrt(end) - Math.sqrt(start)) * share) ** 2
    case 'squaredcos_cap_v2': {
      const alphaBar = (u: number) => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2
      return Math.min(1 - alphaBar((t + 1) / steps) / alphaBar(t / steps), 0.999)
    }
  }
}

/** What is left of the signal at the last step: not 0, since sigma would be infinite. Gives a sigma of about 4519. */
const smallestAlphaBar = 4.8973451890853435e-8

/**
 * The same levels stretched so that the last one is all noise (zero terminal signal-to-noise ratio).
 * @param sigmas - smallest first
 * @see Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", arXiv 2305.08891, algorithm 1
 */
export function zeroTerminalSnr(sigmas: Float32Array): Float32Array {
  const root = (sigma: number) => Math.sqrt(1 / (sigma * sigma + 1))
  const first = root(sigmas[0]!)
  const last = root(sigmas.at(-1)!)
  return sigmas.map((sigma, t) => {
    const alphaBar = t === sigmas.length - 1 ? smallestAlphaBar : (((root(sigma) - last) * first) / (first - last)) ** 2
    return Math.sqrt((1 - alphaBar) / alphaBar)
  })
}
