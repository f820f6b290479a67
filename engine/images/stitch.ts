/** @file Two batches side by side. A smaller one is centred; bars beside it and the gap between are coloured. */
import type { ImageTensor } from '../tensor.ts'
import { allocateImage } from './allocate.ts'
import { pastePictures } from './crop.ts'

export const stitchDirections = ['right', 'down', 'left', 'up'] as const

export const stitchColours: Record<string, readonly [number, number, number]> = {
  white: [1, 1, 1],
  black: [0, 0, 0],
  red: [1, 0, 0],
  green: [0, 1, 0],
  blue: [0, 0, 1],
}

/**
 * @param first - as many pictures and channels as `second`
 * @param direction - where the second goes
 * @param gap - pixels between them, in the colour
 */
export function stitch(
  first: ImageTensor,
  second: ImageTensor,
  direction: string,
  gap: number,
  colour: string,
): ImageTensor {
  const [batch, , , channels] = first.shape
  const isAcross = direction === 'left' || direction === 'right'
  const [a, b] = direction === 'left' || direction === 'up' ? [second, first] : [first, second]
  const [along, beside] = isAcross ? ([2, 1] as const) : ([1, 2] as const)
  const length = a.shape[along] + gap + b.shape[along]
  const breadth = Math.max(a.shape[beside], b.shape[beside])
  const joined = isAcross
    ? allocateImage(batch, breadth, length, channels)
    : allocateImage(batch, length, breadth, channels)
  // ComfyUI fills the bars beside a smaller picture with grey levels only: a coloured gap has black bars.
  fillColour(joined, isGrey(colour) ? stitchColours[colour]! : stitchColours.black!)
  if (gap > 0) fillGap(joined, a.shape[along], gap, isAcross, stitchColours[colour]!)
  const place = (image: ImageTensor, at: number) => {
    const inset = Math.floor((breadth - image.shape[beside]) / 2)
    pastePictures(joined, image, isAcross ? at : inset, isAcross ? inset : at)
  }
  place(a, 0)
  place(b, a.shape[along] + gap)
  return joined
}

function isGrey(colour: string): boolean {
  return colour === 'white' || colour === 'black'
}

function fillColour(image: ImageTensor, colour: readonly number[]): void {
  const channels = image.shape[3]
  for (let i = 0; i < image.data.length; i++) image.data[i] = colour[i % channels] ?? 1
}

function fillGap(image: ImageTensor, start: number, gap: number, isAcross: boolean, colour: readonly number[]): void {
  const [batch, height, width, channels] = image.shape
  const bar = isAcross ? allocateImage(batch, height, gap, channels) : allocateImage(batch, gap, width, channels)
  fillColour(bar, colour)
  pastePictures(image, bar, isAcross ? start : 0, isAcross ? 0 : start)
}
