/**
 * @file UniPC: a multistep predictor whose next network call also corrects the step just made. Works on the latent scaled
 * to constant variance, with lambda = log(alpha / (alpha sigma)) = -log(sigma).
 * @see Zhao et al. 2023, "UniPC", arXiv 2302.04867, algorithms 5 and 6 (data prediction) and appendix A
 */
import type { Sampler, SamplerRun } from '../types.ts'
import { combine, scaled } from '../vector.ts'

/** The last level, instead of 0, whose lambda is infinite. */
const lowestLevel = 0.001
const highestOrder = 3

/** With B(h) = h. */
export const uniPc: Sampler = (run) => uniPcSteps(run, (h) => -h)

/** With B(h) = exp(h) - 1. */
export const uniPcBh2: Sampler = (run) => uniPcSteps(run, (h) => Math.expm1(-h))

/** A predicted x0 and the level it was made at. */
interface Prediction {
  denoised: Float32Array
  sigma: number
}

/**
 * @param b - B of the paper at -h
 */
async function uniPcSteps(run: SamplerRun, b: (h: number) => number): Promise<Float32Array> {
  const sigmas = run.sigmas.slice()
  const last = sigmas.length - 1
  if (last < 1) return run.x
  if (sigmas[last] === 0) sigmas[last] = lowestLevel
  const order = Math.max(1, Math.min(highestOrder, sigmas.length - 2))

  const predict = async (x: Float32Array, index: number): Promise<Prediction> => {
    const sigma = sigmas[index]!
    const unscaled = scaled(Math.hypot(1, sigma), x)
    const denoised = await run.denoise(unscaled, sigma)
    await run.onStep({ index, sigma, x: unscaled, denoised })
    return { denoised, sigma }
  }

  let x = scaled(1 / Math.hypot(1, sigmas[0]!), run.x)
  /** newest first */
  let known = [await predict(x, 0)]
  for (let index = 1; index <= last; index++) {
    // Low orders at the start, where little is known, and at the end, where steps in lambda are long.
    const used = Math.min(order, known.length, last + 1 - index)
    const step = prepareStep(x, known.slice(0, used), sigmas[index]!, b)
    x = step.predicted()
    if (index === last) break
    const newest = await predict(x, index)
    x = step.corrected(newest.denoised)
    known = [newest, ...known].slice(0, order)
  }
  return scaled(Math.hypot(1, sigmas[last]!), x)
}

/** One step from the newest known prediction to `sigma`. */
function prepareStep(x: Float32Array, known: readonly Prediction[], sigma: number, b: (h: number) => number) {
  const [newest, ...older] = known as [Prediction, ...Prediction[]]
  const order = known.length
  const alpha = (level: number) => 1 / Math.hypot(1, level)
  const h = Math.log(newest.sigma / sigma)
  const weight = alpha(sigma) * b(h)
  const base: [number, Float32Array][] = [
    [(alpha(sigma) * sigma) / (alpha(newest.sigma) * newest.sigma), x],
    [-alpha(sigma) * Math.expm1(-h), newest.denoised],
  ]
  /** where the older predictions lie, in steps; the new one lies at 1 */
  const places = older.map((one) => Math.log(newest.sigma / one.sigma) / h)
  const right = rightSide(order, h, b(h))

  /** -weight · rho · (D - newest) / place for each difference */
  const differences = (rhos: readonly number[]): [number, Float32Array][] =>
    older.flatMap((one, i): [number, Float32Array][] => {
      const share = (-weight * rhos[i]!) / places[i]!
      return [
        [share, one.denoised],
        [-share, newest.denoised],
      ]
    })

  return {
    predicted(): Float32Array {
      // With one older prediction the paper's code takes a half, whatever the steps: the system has no better second order.
      const rhos = order === 2 ? [0.5] : solve(places, right.slice(0, order - 1))
      return combine(...base, ...differences(rhos))
    },
    corrected(denoised: Float32Array): Float32Array {
      const rhos = order === 1 ? [0.5] : solve([...places, 1], right)
      const share = -weight * rhos.at(-1)!
      return combine(...base, ...differences(rhos), [share, denoised], [-share, newest.denoised])
    },
  }
}

/** The right sides b_k of the order conditions: k! phi_{k+1}(-h) / B, with the signs of data prediction. */
function rightSide(order: number, h: number, bh: number): number[] {
  const values: number[] = []
  let factorial = 1
  let phi = Math.expm1(-h) / -h - 1
  for (let k = 1; k <= order; k++) {
    values.push((phi * factorial) / bh)
    factorial *= k + 1
    phi = phi / -h - 1 / factorial
  }
  return values
}

/** Solves sum over i of places[i]^k · rho[i] = right[k], for k from 0. At most three unknowns. */
function solve(places: readonly number[], right: readonly number[]): number[] {
  const n = places.length
  const rows = right.slice(0, n).map((value, k) => [...places.map((place) => place ** k), value])
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let row = column; row < n; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row
    }
    const swap = rows[column]!
    rows[column] = rows[pivot]!
    rows[pivot] = swap
    for (let row = 0; row < n; row++) {
      if (row === column) continue
      const factor = rows[row]![column]! / rows[column]![column]!
      for (let k = column; k <= n; k++) rows[row]![k]! -= factor * rows[column]![k]!
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!)
}
