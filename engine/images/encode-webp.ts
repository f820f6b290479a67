/** @file A batch as an animated WebP with the graph in its EXIF fields. */
import sharp from 'sharp'
import { NodeError } from '../nodes/define.ts'
import type { ImageTensor } from '../tensor.ts'
import { toBytes } from './bytes.ts'
import type { PngText } from './png-text.ts'
import { withWebpExif } from './webp-exif.ts'

/** Largest side that the format can say. */
const maxSide = 16_383
/** Model holds the graph; the others go into Make and the tags below it. */
const promptTag = 0x0110
const firstOtherTag = 0x010f

export interface WebpOptions {
  frameRate: number
  lossless: boolean
  /** 0 to 100 */
  quality: number
  /** 0 (fast) to 6 (small) */
  effort: number
  texts: readonly PngText[]
}

/**
 * @returns the file's bytes, in parts
 * @throws NodeError when the pictures are larger than the format allows
 */
export async function encodeAnimatedWebp(images: ImageTensor, options: WebpOptions): Promise<Buffer[]> {
  const [count, height, width, channels] = images.shape
  if (width > maxSide || height > maxSide) {
    throw new NodeError(`A WebP picture has at most ${maxSide} pixels on a side`)
  }
  const raw = { width, height: height * count, channels: channels as 3 | 4, pageHeight: height }
  const delay = Math.max(1, Math.trunc(1000 / options.frameRate))
  const webp = await sharp(toBytes(images.data), { raw, limitInputPixels: false })
    .webp({
      lossless: options.lossless,
      quality: options.quality,
      effort: options.effort,
      loop: 0,
      delay: Array.from({ length: count }, () => delay),
    })
    .toBuffer()
  return withWebpExif(webp, exifFields(options.texts), { width, height, hasAlpha: channels === 4 })
}

/** Each text as `key:json` under its tag. */
function exifFields(texts: readonly PngText[]): Map<number, string> {
  const fields = new Map<number, string>()
  let other = firstOtherTag
  for (const { keyword, text } of texts) {
    fields.set(keyword === 'prompt' ? promptTag : other--, `${keyword}:${text}`)
  }
  return fields
}
