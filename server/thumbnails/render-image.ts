/** @file Scales a picture down to WebP with sharp. Runs in the thumbnail child. */
import sharp from 'sharp'
import type { ThumbnailWidth } from './messages.ts'

/** 16384 x 16384: the largest picture a 4x upscaler makes of a 4K one. */
export const maxInputPixels = 16_384 * 16_384

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
  return sharp(image, { limitInputPixels: maxInputPixels, failOn: 'error', sequentialRead: true })
    .autoOrient()
    .resize({ width, height: width * 4, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 78, effort: 2 })
    .toBuffer()
}
