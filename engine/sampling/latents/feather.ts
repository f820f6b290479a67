/** @file How the weight of a rectangle fades in from its edges. */

/**
 * 1/width, 2/width, ... 1 from each edge that fades.
 * @param at - position along a side of `length`; @param width - positions that the fading takes
 * @param edges - whether the first and the last edge fade: those at the picture's own edge do not
 */
export function featherWeight(at: number, length: number, width: number, edges: readonly [boolean, boolean]): number {
  let weight = 1
  if (edges[0] && at < width) weight *= (at + 1) / width
  if (edges[1] && length - 1 - at < width) weight *= (length - at) / width
  return weight
}
