/**
 * @file Cuts a picture into tiles of one size, so that a network's memory does not depend on the picture. Pure.
 *
 *     |<- border ->|<------- core ------->|<- border ->|      what the network gets (`size`)
 *
 * The cores cover the picture; borders show the network what lies around. The last tile is moved back to end with the
 * picture. A picture smaller than one core is continued by its mirror image.
 */

export interface AxisPlan {
  /** Pixels that a tile shows to the network. */
  size: number
  /** Pixels of the picture that a tile is responsible for. */
  core: number
  /** First core pixel of each tile. */
  starts: number[]
}

/** Networks that halve and double their picture, or look at it in windows, want sizes on a grid. */
const grid = 16

/**
 * @param length - of the picture
 * @param border - pixels around the core on each side
 * @param maxSize - of a tile with its borders; tiles are made smaller when that divides the picture better
 * @param fixedSize - the only size the network takes, when it is particular
 */
export function planAxis(length: number, border: number, maxSize: number, fixedSize?: number): AxisPlan {
  const size = fixedSize ?? divide(length, border, maxSize)
  const core = size - 2 * border
  if (core < 1) throw new RangeError(`a tile of ${size} pixels has no room for borders of ${border}`)
  const count = Math.ceil(length / core)
  const last = Math.max(0, length - core)
  return { size, core, starts: Array.from({ length: count }, (_, index) => Math.min(index * core, last)) }
}

/** The smallest size on the grid that needs no more tiles than `maxSize` would. */
function divide(length: number, border: number, maxSize: number): number {
  const largestCore = Math.max(1, maxSize - 2 * border)
  const count = Math.ceil(length / largestCore)
  return Math.min(maxSize, Math.ceil((Math.ceil(length / count) + 2 * border) / grid) * grid)
}
