/** @file Rounding as Python 3 rounds, which ComfyUI's sizes depend on: halves go to the even neighbour. */

/** `2.5 → 2`, `3.5 → 4`, `-0.5 → 0`; every other number goes to the nearest integer. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}
