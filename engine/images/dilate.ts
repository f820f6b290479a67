/**
 * @file Growing and shrinking of grey masks by whole pixels: each step takes the largest (smallest) value of a pixel and
 * its neighbours, 4 of them for tapered corners, 8 for square ones. Pixels outside do not count.
 */

/**
 * @param source - height · width values
 * @param steps - how often; must be positive
 * @param square - also the diagonal neighbours
 * @param pause - called before each step; may throw to stop
 */
export async function dilate(
  source: Float32Array,
  height: number,
  width: number,
  steps: number,
  { square, erode }: { square: boolean; erode: boolean },
  pause: () => Promise<void>,
): Promise<Float32Array> {
  const pick = erode ? Math.min : Math.max
  let current = source
  for (let step = 0; step < steps; step++) {
    await pause()
    const next = dilateOnce(current, height, width, square, pick)
    // A mask that no longer changes will not change again.
    if (isSame(current, next)) break
    current = next
  }
  return current === source ? source.slice() : current
}

function dilateOnce(
  source: Float32Array,
  height: number,
  width: number,
  square: boolean,
  pick: (a: number, b: number) => number,
): Float32Array {
  const across = new Float32Array(source.length)
  for (let y = 0; y < height; y++) {
    const row = y * width
    for (let x = 0; x < width; x++) {
      let value = source[row + x]!
      if (x > 0) value = pick(value, source[row + x - 1]!)
      if (x < width - 1) value = pick(value, source[row + x + 1]!)
      across[row + x] = value
    }
  }
  // A square is the vertical step on the horizontal one; a cross takes the neighbours above and below from the source.
  const vertical = square ? across : source
  const target = new Float32Array(across)
  for (let y = 0; y < height; y++) {
    const row = y * width
    for (let x = 0; x < width; x++) {
      if (y > 0) target[row + x] = pick(target[row + x]!, vertical[row - width + x]!)
      if (y < height - 1) target[row + x] = pick(target[row + x]!, vertical[row + width + x]!)
    }
  }
  return target
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
