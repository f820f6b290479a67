/**
 * @file A palette for a picture by median cut: the box of colours with the most pixels is split at the median of its
 * longest side until there are enough boxes; each gives its mean colour.
 * @see Heckbert 1982, "Color image quantization for frame buffer display"
 */
import type { Steps } from './steps.ts'

/** Colours as 0xRRGGBB, and how many pixels have them. */
interface Box {
  colours: Uint32Array
  pixels: number
}

/**
 * @param pixels - RGB bytes
 * @param colours - most colours of the palette, 1 to 256
 * @returns at most that many RGB triples, one after the other
 */
export function* medianCutPalette(pixels: Uint8Array, colours: number): Steps<Uint8Array> {
  const counts = new Uint32Array(2 ** 24)
  for (let i = 0; i < pixels.length; i += 3) {
    counts[(pixels[i]! << 16) | (pixels[i + 1]! << 8) | pixels[i + 2]!]!++
    if (i % 196_608 === 0) yield
  }
  const boxes: Box[] = [{ colours: presentColours(counts), pixels: pixels.length / 3 }]
  while (boxes.length < colours) {
    yield
    const splittable = boxes.filter((box) => box.colours.length > 1)
    if (splittable.length === 0) break
    const largest = splittable.reduce((best, box) => (box.pixels > best.pixels ? box : best))
    boxes.splice(boxes.indexOf(largest), 1, ...splitAtMedian(largest, counts))
  }
  return Uint8Array.from(boxes.flatMap((box) => meanColour(box, counts)))
}

function presentColours(counts: Uint32Array): Uint32Array {
  let length = 0
  for (let colour = 0; colour < counts.length; colour++) if (counts[colour]! > 0) length++
  const present = new Uint32Array(length)
  let next = 0
  for (let colour = 0; colour < counts.length; colour++) if (counts[colour]! > 0) present[next++] = colour
  return present
}

/** Bit offsets of red, green and blue. */
const channelShifts = [16, 8, 0] as const

function splitAtMedian({ colours, pixels }: Box, counts: Uint32Array): [Box, Box] {
  const { shift, low, high } = longestSide(colours)
  const bins = new Float64Array(256)
  for (const colour of colours) bins[(colour >> shift) & 255]! += counts[colour]!
  let median = low
  let below = bins[low]!
  // Both halves keep at least one colour, so the cut stays below the highest value.
  while (below < pixels / 2 && median + 1 < high) below += bins[++median]!
  const isBelow = (colour: number) => ((colour >> shift) & 255) <= median
  return [
    { colours: colours.filter(isBelow), pixels: below },
    { colours: colours.filter((colour) => !isBelow(colour)), pixels: pixels - below },
  ]
}

function longestSide(colours: Uint32Array) {
  const sides = channelShifts.map((shift) => {
    let low = 255
    let high = 0
    for (const colour of colours) {
      const value = (colour >> shift) & 255
      if (value < low) low = value
      if (value > high) high = value
    }
    return { shift, low, high }
  })
  return sides.reduce((longest, side) => (side.high - side.low > longest.high - longest.low ? side : longest))
}

function meanColour({ colours, pixels }: Box, counts: Uint32Array): number[] {
  return channelShifts.map((shift) => {
    let sum = 0
    for (const colour of colours) sum += ((colour >> shift) & 255) * counts[colour]!
    return Math.round(sum / pixels)
  })
}
