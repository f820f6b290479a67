/** @file The values that both sides of the golden tests make: sin(1.7 i + 0.3 + shift). For tests only. */

export function wave(length: number, shift = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + 0.3 + shift))
}
