/**
 * @file A palette for a picture by median cut: the box of colours with the most pixels is split at the median of its
 * longest side until there are enough boxes; each gives its mean colour.
 * @see Heckbert 1982, "Color image quantization for frame buffer display"
 */

interface ColourCount {
  rgb: readonly [number, number, number]
  count: number
}

/**
 * @param pixels - RGB bytes
 * @param colours - most colours of the palette, 1 to 256
 * @returns at most that many RGB triples, one after the other
 */
export function medianCutPalette(pixels: Uint8Array, colours: number): Uint8Array {
  const boxes = [countColours(pixels)]
  while (boxes.length < colours) {
    const splittable = boxes.filter((box) => box.length > 1)
    if (splittable.length === 0) break
    const largest = splittable.reduce((best, box) => (pixelsOf(box) > pixelsOf(best) ? box : best))
    boxes.splice(boxes.indexOf(largest), 1, ...splitAtMedian(largest))
  }
  return Uint8Array.from(boxes.flatMap(meanColour))
}

function countColours(pixels: Uint8Array): ColourCount[] {
  const counts = new Map<number, number>()
  for (let i = 0; i < pixels.length; i += 3) {
    const key = (pixels[i]! << 16) | (pixels[i + 1]! << 8) | pixels[i + 2]!
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return Array.from(counts, ([key, count]) => ({ rgb: [key >> 16, (key >> 8) & 255, key & 255] as const, count }))
}

function pixelsOf(box: readonly ColourCount[]): number {
  return box.reduce((sum, { count }) => sum + count, 0)
}

function splitAtMedian(box: ColourCount[]): [ColourCount[], ColourCount[]] {
  const axis = longestAxis(box)
  const sorted = box.toSorted((a, b) => a.rgb[axis]! - b.rgb[axis]!)
  const half = pixelsOf(sorted) / 2
  let passed = 0
  let cut = 0
  while (passed < half) passed += sorted[cut++]!.count
  // Both halves keep at least one colour.
  cut = Math.min(cut, sorted.length - 1)
  return [sorted.slice(0, cut), sorted.slice(cut)]
}

function longestAxis(box: readonly ColourCount[]): number {
  const low = [255, 255, 255]
  const high = [0, 0, 0]
  for (const { rgb } of box) {
    for (let c = 0; c < 3; c++) {
      low[c] = Math.min(low[c]!, rgb[c]!)
      high[c] = Math.max(high[c]!, rgb[c]!)
    }
  }
  const ranges = high.map((value, c) => value - low[c]!)
  return ranges.indexOf(Math.max(...ranges))
}

function meanColour(box: readonly ColourCount[]): number[] {
  const total = pixelsOf(box)
  return [0, 1, 2].map((c) => Math.round(box.reduce((sum, { rgb, count }) => sum + rgb[c]! * count, 0) / total))
}
