/** @file The pattern of `scripts/reference/image-operations.py`: 8-bit values as floats, spread by a multiplicative hash. */

/** @param count - how many values */
export function pattern(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (Math.imul(i, 2654435761) >>> 24) / 255)
}
