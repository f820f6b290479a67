/** @file One picture of a batch as a PNG file: 8 bits by truncation, ComfyUI's compression levels, text chunks. */
import { open } from 'node:fs/promises'
import sharp from 'sharp'
import type { ImageTensor } from '../tensor.ts'
import { pictureAt } from './batch.ts'
import { toBytes } from './bytes.ts'
import { type PngText, withPngText } from './png-text.ts'

/** What ComfyUI compresses with: its saved pictures and its passing ones. */
export const pngCompression = { saved: 4, preview: 1 } as const

/**
 * @param index - which picture of the batch
 * @param compression - zlib level, 0 to 9
 * @returns the file's bytes; gathered, since the encoder gives them in one piece
 */
export async function encodePng(image: ImageTensor, index: number, compression: number): Promise<Buffer> {
  const [, height, width, channels] = image.shape
  const raw = { width, height, channels: channels as 1 | 2 | 3 | 4 }
  return sharp(toBytes(pictureAt(image, index)), { raw, limitInputPixels: false })
    .png({ compressionLevel: compression, adaptiveFiltering: true })
    .toBuffer()
}

/** Encodes one picture into a new file. */
export async function writePng(
  path: string,
  image: ImageTensor,
  index: number,
  compression: number,
  texts: readonly PngText[],
): Promise<void> {
  const parts = withPngText(await encodePng(image, index, compression), texts)
  const handle = await open(path, 'wx')
  try {
    for (const part of parts) await handle.writeFile(part)
  } finally {
    await handle.close()
  }
}
