/** @file Pictures of a batch as raw video frames: 8 bits by truncation, sides made even by repeating the last pixels. */
import { pictureAt } from '../images/batch.ts'
import { toBytes } from '../images/bytes.ts'
import type { ImageTensor } from '../tensor.ts'

export interface FrameLayout {
  width: number
  height: number
  /** 3 is RGB, 4 RGBA */
  channels: 3 | 4
}

/** The frame size for a batch: yuv420p halves the colour planes, so both sides must be even. */
export function frameLayout(images: ImageTensor, keepAlpha: boolean): FrameLayout {
  const [, height, width, channels] = images.shape
  return {
    width: width + (width % 2),
    height: height + (height % 2),
    channels: keepAlpha && channels === 4 ? 4 : 3,
  }
}

/** One picture as a frame of that layout. */
export function frameBytes(images: ImageTensor, index: number, layout: FrameLayout): Uint8Array {
  const [, height, width, channels] = images.shape
  const bytes = toBytes(pictureAt(images, index))
  if (layout.width === width && layout.height === height && layout.channels === channels) return bytes
  const frame = new Uint8Array(layout.width * layout.height * layout.channels)
  for (let y = 0; y < layout.height; y++) {
    const row = Math.min(y, height - 1) * width
    for (let x = 0; x < layout.width; x++) {
      const from = (row + Math.min(x, width - 1)) * channels
      const to = (y * layout.width + x) * layout.channels
      for (let c = 0; c < layout.channels; c++) frame[to + c] = bytes[from + Math.min(c, channels - 1)]!
    }
  }
  return frame
}
