/**
 * @file Picture files as tensors: what LoadImage gives. Types go by content, sizes are limited before decoding, damaged
 * files are errors in words. Orientation is applied; the frames of an animation become a batch; 16-bit files keep their
 * precision.
 */
import { open } from 'node:fs/promises'
import sharp, { type Metadata } from 'sharp'
import { sniffLength, sniffMediaType } from '#platform/media-type'
import { NodeError } from '../nodes/define.ts'
import type { ImageTensor, MaskTensor } from '../tensor.ts'
import { allocateImage, allocateMask } from './allocate.ts'
import { decodeBmp } from './bmp.ts'

/** Largest picture in pixels, all frames of an animation together. */
export const maxInputPixels = 100_000_000
/** Largest bitmap file that is read; other formats are streamed by libvips. */
const maxBmpBytes = maxInputPixels * 4 + 100_000
/** Side of the empty mask that stands for "no alpha", as ComfyUI has it. */
const emptyMaskSide = 64

/** Pixels of one file, frames one below the other. */
interface RawFrames {
  frames: number
  height: number
  width: number
  channels: number
  values: Uint8Array | Uint16Array
  largest: number
}

/**
 * Reads a picture.
 * @returns RGB pictures, and per picture 1 − alpha; a file without transparency gives zero masks of 64 × 64
 * @throws NodeError when it is no picture, damaged or too large
 */
export async function decodePicture(path: string, name: string): Promise<{ image: ImageTensor; mask: MaskTensor }> {
  const raw = await readFrames(path, name)
  const { frames, height, width, channels, values, largest } = raw
  const image = allocateImage(frames, height, width, 3)
  const pixels = frames * height * width
  const isGrey = channels < 3
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < 3; c++) image.data[p * 3 + c] = values[p * channels + (isGrey ? 0 : c)]! / largest
  }
  return { image, mask: maskOf(raw) }
}

function maskOf({ frames, height, width, channels, values, largest }: RawFrames): MaskTensor {
  const hasAlpha = channels === 2 || channels === 4
  if (!hasAlpha) return allocateMask(frames, emptyMaskSide, emptyMaskSide)
  const mask = allocateMask(frames, height, width)
  for (let p = 0; p < mask.data.length; p++) {
    mask.data[p] = 1 - Math.fround(values[p * channels + channels - 1]! / largest)
  }
  return mask
}

async function readFrames(path: string, name: string): Promise<RawFrames> {
  const type = await sniff(path)
  if (type?.kind !== 'image') {
    throw new NodeError(`${name} is not a picture that can be read (PNG, JPEG, WebP, GIF, AVIF or BMP)`)
  }
  if (type.type === 'image/bmp') return readBmp(path)
  try {
    return await readWithVips(path)
  } catch (error) {
    if (error instanceof NodeError) throw error
    throw new NodeError(`${name} cannot be read as a picture: ${reasonOf(error)}`)
  }
}

async function sniff(path: string) {
  const handle = await open(path, 'r')
  try {
    const head = Buffer.alloc(sniffLength)
    const { bytesRead } = await handle.read(head, 0, sniffLength, 0)
    return sniffMediaType(head.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

async function readBmp(path: string): Promise<RawFrames> {
  const handle = await open(path, 'r')
  try {
    if ((await handle.stat()).size > maxBmpBytes) throw new NodeError('The bitmap is too large')
    const { width, height, channels, pixels } = decodeBmp(await handle.readFile(), maxInputPixels)
    return { frames: 1, height, width, channels, values: pixels, largest: 255 }
  } finally {
    await handle.close()
  }
}

async function readWithVips(path: string): Promise<RawFrames> {
  const limits = { limitInputPixels: maxInputPixels, failOn: 'error' } as const
  const facts = await sharp(path, { ...limits, pages: -1 }).metadata()
  const frames = facts.pages ?? 1
  const picture = sharp(path, { ...limits, pages: -1, ignoreIcc: isStandardProfile(facts) })
  // Orientation is a thing of photographs; turning a strip of frames would mix them.
  const upright = frames === 1 ? picture.autoOrient() : picture
  const isDeep = facts.depth === 'ushort'
  const { data, info } = isDeep
    ? await upright.toColourspace('rgb16').raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true })
    : await upright.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const values = isDeep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : new Uint8Array(data)
  const raw = {
    frames,
    height: info.height / frames,
    width: info.width,
    channels: info.channels,
    values,
    largest: isDeep ? 65_535 : 255,
  }
  return facts.format === 'gif' ? withoutOpaqueAlpha(raw) : raw
}

/**
 * Whether a colour profile says nothing new: converting from sRGB to sRGB would only shift values by rounding, and
 * ComfyUI, which ignores profiles, would differ. Others (Display P3, CMYK) are converted, else colours would be wrong
 * in the saved file, which has no profile.
 */
function isStandardProfile({ icc }: Metadata): boolean {
  if (!icc) return true
  const head = icc.subarray(0, 4096)
  return head.includes('sRGB') || head.includes(Buffer.from('sRGB', 'utf16le').swap16())
}

/** libvips gives every GIF an alpha channel; one that is opaque everywhere is no transparency. */
function withoutOpaqueAlpha(raw: RawFrames): RawFrames {
  const { channels, values } = raw
  if (channels !== 4) return raw
  for (let i = 3; i < values.length; i += 4) if (values[i] !== 255) return raw
  const opaque = new Uint8Array((values.length / 4) * 3)
  for (let p = 0; p < values.length / 4; p++) {
    for (let c = 0; c < 3; c++) opaque[p * 3 + c] = values[p * 4 + c]!
  }
  return { ...raw, channels: 3, values: opaque }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (/pixel limit/i.test(message)) return `it has more than ${maxInputPixels / 1e6} megapixels`
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  // libvips names the file by its full path, which is nobody's business.
  return (lines.at(-1) ?? 'damaged').replace(/(?:\/[^\s:]+)+/g, 'the file')
}
