/**
 * @file Schedules given by a formula between a model's highest and lowest noise level. Each returns `steps + 1` levels,
 * largest first, the last one 0; one step is `[sigmaMax, 0]`.
 */

/** @see Karras et al. 2022, arXiv 2206.00364, eq. 5 */
export function karrasSigmas(steps: number, sigmaMin: number, sigmaMax: number, rho = 7): Float32Array {
  const low = sigmaMin ** (1 / rho)
  const high = sigmaMax ** (1 / rho)
  return spaced(steps, (share) => (high + share * (low - high)) ** rho)
}

/** Evenly spaced logarithms. @see Crowson, k-diffusion (MIT), `get_sigmas_exponential` */
export function exponentialSigmas(steps: number, sigmaMin: number, sigmaMax: number): Float32Array {
  return polyexponentialSigmas(steps, sigmaMin, sigmaMax, 1)
}

/** Logarithms spaced by a power of the share left. @see Crowson, k-diffusion (MIT), `get_sigmas_polyexponential` */
export function polyexponentialSigmas(steps: number, sigmaMin: number, sigmaMax: number, rho = 1): Float32Array {
  const low = Math.log(sigmaMin)
  const high = Math.log(sigmaMax)
  return spaced(steps, (share) => Math.exp((1 - share) ** rho * (high - low) + low))
}

/** @see Sabour et al. 2024, "Align Your Steps", arXiv 2404.14507, eq. 16 (the schedule that is best for a Gaussian) */
export function klOptimalSigmas(steps: number, sigmaMin: number, sigmaMax: number): Float32Array {
  const low = Math.atan(sigmaMin)
  const high = Math.atan(sigmaMax)
  return spaced(steps, (share) => Math.tan(share * low + (1 - share) * high))
}

/** @see Song et al. 2021, arXiv 2011.13456 (continuous variance preserving process); k-diffusion (MIT), `get_sigmas_vp` */
export function variancePreservingSigmas(steps: number, betaD = 19.9, betaMin = 0.1, epsilon = 1e-3): Float32Array {
  return spaced(steps, (share) => {
    const t = 1 + share * (epsilon - 1)
    return Math.sqrt(Math.expm1((betaD * t * t) / 2 + betaMin * t))
  })
}

/** Keeps the logarithm of 0 finite: the ends lie beyond any model's levels and are cut to them. */
const nearlyZero = 1e-5

/**
 * Logarithms at even quantiles of a Laplace distribution: dense around its middle. Without a final 0, as in ComfyUI: `steps`
 * levels, of which the last is the lowest.
 * @param mu - the middle, a logarithm; @param beta - the spread, above 0
 * @see Hang et al. 2024, "Improved Noise Schedule for Diffusion Training", arXiv 2407.03297, table 1
 */
export function laplaceSigmas(steps: number, sigmaMin: number, sigmaMax: number, mu = 0, beta = 0.5): Float32Array {
  return Float32Array.from({ length: steps }, (_, i) => {
    const beyond = 0.5 - (steps === 1 ? 0 : i / (steps - 1))
    const log = mu - beta * Math.sign(beyond) * Math.log(1 - 2 * Math.abs(beyond) + nearlyZero)
    return Math.min(Math.max(Math.exp(log), sigmaMin), sigmaMax)
  })
}

/**
 * Small even steps at first, then ever larger ones.
 * @param threshold - share of the noise that the linear half removes
 * @param linearSteps - how many steps are linear, half of them when left out
 * @see Genmo, Mochi 1 (Apache-2.0), `linear_quadratic_schedule`
 */
export function linearQuadraticSigmas(
  steps: number,
  sigmaMax: number,
  threshold = 0.025,
  linearSteps = Math.floor(steps / 2),
): Float32Array {
  if (steps === 1) return Float32Array.of(sigmaMax, 0)
  // Removed share r(i): a line to `threshold`, then the parabola that continues it in value and slope and ends at 1.
  const slope = threshold / linearSteps
  const rest = steps - linearSteps
  const bend = (1 - threshold - slope * rest) / (rest * rest)
  const removed = (i: number) => {
    const beyond = i - linearSteps
    return beyond <= 0 ? slope * i : threshold + slope * beyond + bend * beyond * beyond
  }
  return Float32Array.from({ length: steps + 1 }, (_, i) => (i === steps ? 0 : (1 - removed(i)) * sigmaMax))
}

function spaced(steps: number, sigmaAt: (share: number) => number): Float32Array {
  const sigmas = new Float32Array(steps + 1)
  for (let i = 0; i < steps; i++) sigmas[i] = sigmaAt(steps === 1 ? 0 : i / (steps - 1))
  return sigmas
}
