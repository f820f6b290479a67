/**
 * @file Elementwise arithmetic on latents. Sums are formed in double precision and rounded once when stored.
 */

/** weightA · a + weightB · b, a new array. */
export function mix(weightA: number, a: Float32Array, weightB: number, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length)
  for (let i = 0; i < a.length; i++) out[i] = weightA * a[i]! + weightB * b[i]!
  return out
}

/** The sum of weight · array over all terms, a new array. Terms must be at least one and of equal length. */
export function combine(...terms: readonly (readonly [weight: number, values: Float32Array])[]): Float32Array {
  const { length } = terms[0]![1]
  const out = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    let sum = 0
    for (const [weight, values] of terms) sum += weight * values[i]!
    out[i] = sum
  }
  return out
}

/** weight · values, a new array. */
export function scaled(weight: number, values: Float32Array): Float32Array {
  return values.map((value) => weight * value)
}
