/** @file The re-encoded forms of `/view`: small previews, and single channels. Bytes in, bytes out. */
import sharp, { type Sharp } from 'sharp'

/** Largest picture that is decoded, in pixels: a file of a few kilobytes can announce gigabytes. */
const pixelLimit = 100_000_000

export interface Preview {
  format: 'webp' | 'jpeg'
  /** 1 to 100 */
  quality: number
}

/** `webp;90`: anything but webp and jpeg becomes webp, and so does jpeg when transparency is asked for. */
export function parsePreview(text: string, channel: string): Preview {
  const [format = '', quality = ''] = text.split(';')
  const number = /^\d{1,3}$/.test(quality) ? Number(quality) : 90
  return {
    format: format === 'jpeg' && !channel.includes('a') ? 'jpeg' : 'webp',
    quality: Math.min(100, Math.max(1, number)),
  }
}

/**
 * @param what - with a preview the whole picture in that format, else the PNG of one channel choice
 * @throws Error when the bytes are no picture that can be decoded
 */
export async function renderView(
  bytes: Uint8Array,
  what: { preview: Preview | null; channel: string },
): Promise<{ type: string; bytes: Buffer }> {
  const image = sharp(bytes, { limitInputPixels: pixelLimit, failOn: 'error', pages: 1 })
  if (what.preview) {
    const { format, quality } = what.preview
    if (format === 'jpeg' || what.channel === 'rgb') image.removeAlpha()
    const encoded = format === 'jpeg' ? image.jpeg({ quality }) : image.webp({ quality })
    return { type: `image/${format}`, bytes: await encoded.toBuffer() }
  }
  if (what.channel === 'rgb') {
    return { type: 'image/png', bytes: await image.removeAlpha().toColourspace('srgb').png().toBuffer() }
  }
  return { type: 'image/png', bytes: await alphaOnBlack(image) }
}

/** A black RGBA picture with the alpha of the source, opaque where it has none. */
async function alphaOnBlack(image: Sharp): Promise<Buffer> {
  const alpha = await image.ensureAlpha().extractChannel('alpha').toColourspace('b-w').raw().toBuffer({
    resolveWithObject: true,
  })
  const { width, height } = alpha.info
  return sharp({ create: { width, height, channels: 3, background: '#000' }, limitInputPixels: pixelLimit })
    .joinChannel(alpha.data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}
