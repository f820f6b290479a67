/** @file The beta distribution's quantile function, for the `beta` scheduler. */

/**
 * The value below which a share `p` of a beta distribution lies.
 * @param p - 0 to 1
 * @param a - first shape, above 0; @param b - second shape, above 0
 * @returns 0 to 1, good to about 1e-14
 * @throws RangeError outside these ranges
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) throw new RangeError(`No beta quantile for ${p} with shapes ${a} and ${b}`)
  if (p === 0 || p === 1) return p
  // Solve in the half where the answer is near 0, since doubles are denser there.
  if (p > regularizedBeta(0.5, a, b)) return 1 - lowerQuantile(1 - p, b, a)
  return lowerQuantile(p, a, b)
}

/** Bisection on the logarithm: shapes below 1 put quantiles anywhere down to the smallest double. */
function lowerQuantile(p: number, a: number, b: number): number {
  let low = -745
  let high = Math.log(0.5)
  for (let i = 0; i < 80 && high - low > 1e-16 * Math.abs(low); i++) {
    const middle = (low + high) / 2
    if (regularizedBeta(Math.exp(middle), a, b) < p) low = middle
    else high = middle
  }
  return Math.exp((low + high) / 2)
}

/**
 * The regularised incomplete beta function I_x(a, b): the share of the distribution below x.
 * @see NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction) and 8.17.4 (symmetry)
 */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return (front * continuedFraction(x, a, b)) / a
}

/** Modified Lentz evaluation. @see Lentz 1976, doi 10.1364/AO.15.000668 */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const guard = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1))
  let c = 1
  let result = d
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / guard(1 + even * d)
    c = guard(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / guard(1 + odd * d)
    c = guard(1 + odd / c)
    result *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return result
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** ln Γ(z) for z > 0. @see Lanczos 1964, doi 10.1137/0701008 (g = 7, nine terms) */
function logGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z)
  let sum = lanczos[0]!
  for (let i = 1; i < lanczos.length; i++) sum += lanczos[i]! / (z - 1 + i)
  const t = z + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (z - 0.5) * Math.log(t) - t + Math.log(sum)
}
