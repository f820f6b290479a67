/** @file Scales a picture down to WebP with sharp. Runs in the thumbnail child. */
import sharp from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import type { PictureFacts, ThumbnailWidth } from './messages.ts'

/** 16384 x 16384: the largest picture a 4x upscaler makes of a 4K one. */
export const maxInputPixels = 16_384 * 16_384

const reading = { limitInputPixels: maxInputPixels, failOn: 'error', sequentialRead: true } as const
const encoding = { quality: 78, effort: 2 } as const

/** Only these readers exist for sharp here: SVG, TIFF, PDF and the rest of libvips read too much from a stranger's file. */
const readers = [
  'VipsForeignLoadPngBuffer',
  'VipsForeignLoadJpegBuffer',
  'VipsForeignLoadWebpBuffer',
  'VipsForeignLoadNsgifBuffer',
  'VipsForeignLoadHeifBuffer',
]

/** Settings of the whole process; called once, at its start. */
export function restrictSharp(): void {
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: readers })
  // Several pictures at a time, one thread each, is faster than one picture on all threads.
  sharp.concurrency(1)
  sharp.cache(false)
}

/**
 * @param image - the whole file: PNG, JPEG, WebP, GIF (its first frame) or AVIF
 * @returns WebP, at most `width` wide, turned as its EXIF says, never enlarged
 * @throws when the picture is broken or larger than {@link maxInputPixels}
 */
export async function renderImage(image: Uint8Array, width: ThumbnailWidth): Promise<Buffer> {
  return sharp(image, reading)
    .autoOrient()
    .resize({ width, height: width * 4, fit: 'inside', withoutEnlargement: true })
    .webp(encoding)
    .toBuffer()
}

/**
 * @param image - the file, for its size in pixels
 * @param thumbnail - made of it, for the placeholder: decoding that is cheap
 */
export async function readFacts(
  image: Uint8Array,
  thumbnail: Uint8Array,
): Promise<Omit<PictureFacts, 'duration' | 'sound'>> {
  const { autoOrient } = await sharp(image, reading).metadata()
  const { data, info } = await sharp(thumbnail)
    .resize({ width: 100, height: 100, fit: 'inside' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const thumbhash = Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64')
  return { width: autoOrient.width, height: autoOrient.height, thumbhash }
}

/** Pictures side by side in boxes of the first one's size. */
export async function joinFrames(frames: readonly Uint8Array[]): Promise<Buffer> {
  const { width, height } = await sharp(frames[0]).metadata()
  return sharp({ create: { width: width * frames.length, height, channels: 3, background: 'black' } })
    .composite(frames.map((input, n) => ({ input: Buffer.from(input), left: n * width, top: 0 })))
    .webp(encoding)
    .toBuffer()
}
