/**
 * @file A mask upload's picture: the colours of the original with the alpha of what was drawn, as a PNG that keeps the
 * original's text chunks (the graph that made it).
 */
import { open, writeFile } from 'node:fs/promises'
import sharp from 'sharp'

const pixelLimit = 100_000_000
const signatureLength = 8
/** Length, type and checksum around a chunk's data. */
const chunkOverhead = 12
/** Signature and IHDR, which is first and always as long. */
const headerLength = signatureLength + chunkOverhead + 13
const textTypes = new Set(['tEXt', 'zTXt', 'iTXt'])
/** Text chunks longer than this in all are not copied. */
const maxTextLength = 32 * 1024 * 1024

/**
 * @param original - picture whose colours are kept
 * @param drawn - picture whose alpha is taken (opaque where it has none)
 * @param target - where the PNG is written
 * @throws Error when one is no picture, or their sizes differ
 */
export async function applyMask(original: Uint8Array, drawn: string, target: string): Promise<void> {
  const options = { limitInputPixels: pixelLimit, failOn: 'error', pages: 1 } as const
  const colours = await sharp(original, options).removeAlpha().toColourspace('srgb').raw().toBuffer({
    resolveWithObject: true,
  })
  const alpha = await sharp(drawn, options).ensureAlpha().extractChannel('alpha').toColourspace('b-w').raw().toBuffer({
    resolveWithObject: true,
  })
  const { width, height } = colours.info
  if (alpha.info.width !== width || alpha.info.height !== height) throw new Error('the sizes differ')
  const png = await sharp(colours.data, { raw: { width, height, channels: 3 }, limitInputPixels: pixelLimit })
    .joinChannel(alpha.data, { raw: { width, height, channels: 1 } })
    .png({ compressionLevel: 4 })
    .toBuffer()
  const handle = await open(target, 'w')
  try {
    await writeFile(handle, png.subarray(0, headerLength))
    for (const chunk of textChunks(original)) await writeFile(handle, chunk)
    await writeFile(handle, png.subarray(headerLength))
  } finally {
    await handle.close()
  }
}

/** The text chunks of a PNG as they stand in it, none for other files. */
export function textChunks(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < headerLength || view.getUint32(0) !== 0x89504e47) return []
  const chunks: Uint8Array[] = []
  let total = 0
  for (let start = signatureLength; start + chunkOverhead <= file.length; ) {
    const end = start + chunkOverhead + view.getUint32(start)
    const type = String.fromCharCode(...file.subarray(start + 4, start + 8))
    if (end > file.length || type === 'IEND') break
    total += textTypes.has(type) ? end - start : 0
    if (textTypes.has(type) && total <= maxTextLength) chunks.push(file.subarray(start, end))
    start = end
  }
  return chunks
}
