/**
 * @file Single precision logarithm, sine and cosine, rounded at every operation as PyTorch's AVX2 kernels round: the
 * Cephes polynomials with a fused multiply-add wherever the compiler fuses. The system's functions differ in the last
 * bits, and noise must not.
 * @see Cephes by Stephen Moshier (logf, sinf); SIMD form by Julien Pommier and Giovanni Garberoglio (zlib licence)
 */

const f = Math.fround
const view = new Float64Array(1)
const wholeWord = new BigInt64Array(view.buffer)

/**
 * a * b + c rounded once to single precision; all arguments are single precision values.
 *
 * The product is exact in double precision. Rounding the sum twice (double, then single) goes wrong only when the double
 * lies in the middle between two singles; then twice the way from the rounded value ends at a single again.
 */
export function fma(a: number, b: number, c: number): number {
  const product = a * b
  const sum = product + c
  const rounded = f(sum)
  const way = sum - rounded
  const mirrored = rounded + (way + way)
  if (mirrored === rounded || f(mirrored) !== mirrored) return rounded
  return roundFromMiddle(product, c, sum)
}

/** The part of the exact sum that the double lost decides to which side it is rounded. */
function roundFromMiddle(product: number, c: number, sum: number): number {
  const virtual = sum - product
  const lost = product - (sum - virtual) + (c - virtual)
  if (lost === 0) return f(sum)
  // One unit in the last place of the double, towards where the exact value lies, takes it off the middle.
  view[0] = sum
  const step = lost > 0 === sum > 0 ? 1n : -1n
  wholeWord[0] = wholeWord[0]! + step
  return f(view[0]!)
}

const floatView = new Float32Array(1)
const bits = new Int32Array(floatView.buffer)
const halfRoot = f(Math.SQRT1_2)
const logPolynomial = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f) as number[]
const logLow = f(-2.1219444e-4)
const logHigh = f(0.693359375)

/** Natural logarithm of a normal positive single precision value. */
export function logf(value: number): number {
  floatView[0] = value
  const word = bits[0]!
  bits[0] = (word & 0x007fffff) | 0x3f000000
  let x = floatView[0]!
  let exponent = (word >>> 23) - 126
  if (x < halfRoot) {
    exponent -= 1
    x = f(f(x - 1) + x)
  } else {
    x = f(x - 1)
  }
  const z = f(x * x)
  let y = logPolynomial[0]!
  for (let i = 1; i < 9; i++) y = fma(y, x, logPolynomial[i]!)
  y = fma(f(y * x), z, f(exponent * logLow))
  y = f(y - f(z * 0.5))
  return fma(exponent, logHigh, f(x + y))
}

const fourOverPi = f(4 / Math.PI)
const [pi1, pi2, pi3] = [-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8].map(f) as [number, number, number]
const [sin0, sin1, sin2] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f) as [number, number, number]
const [cos0, cos1, cos2] = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f) as [
  number,
  number,
  number,
]

/**
 * Cosine and sine of a non-negative single precision angle in radians (below 8192).
 * @param out - receives cosine at 0, sine at 1
 */
export function cosSinf(angle: number, out: Float32Array): void {
  const octant = (Math.trunc(f(angle * fourOverPi)) + 1) & ~1
  const x = fma(octant, pi3, fma(octant, pi2, fma(octant, pi1, angle)))
  const z = f(x * x)
  let c = fma(fma(cos0, z, cos1), z, cos2)
  c = f(fma(f(c * z), z, -f(z * 0.5)) + 1)
  let s = fma(fma(sin0, z, sin1), z, sin2)
  s = fma(f(s * z), x, x)
  const swapped = (octant & 2) !== 0
  const sine = swapped ? c : s
  const cosine = swapped ? s : c
  out[0] = ((octant - 2) & 4) === 0 ? -cosine : cosine
  out[1] = (octant & 4) === 0 ? sine : -sine
}
