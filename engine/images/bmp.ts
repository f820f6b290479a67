/**
 * @file Decodes Windows bitmaps, which libvips does not read: uncompressed with 1, 4, 8, 16, 24 or 32 bits per pixel, and
 * bit fields. Run-length coding is refused in words.
 * @see Microsoft, "Bitmap Storage", BITMAPINFOHEADER and BITMAPV4HEADER
 */
import { NodeError } from '../nodes/define.ts'

export interface DecodedPicture {
  width: number
  height: number
  channels: 3 | 4
  /** height · width · channels bytes */
  pixels: Uint8Array
}

interface BmpHeader {
  width: number
  height: number
  topDown: boolean
  bits: number
  compression: number
  dataOffset: number
  paletteOffset: number
  paletteColours: number
  masks: [number, number, number, number]
}

/** Compression kinds that hold plain pixels. */
const uncompressed = 0
const bitFields = 3
const alphaBitFields = 6

/**
 * @param maxPixels - refuse larger pictures before anything is allocated
 * @throws NodeError when the file is damaged, too large or of a kind that is not read
 */
export function decodeBmp(file: Uint8Array, maxPixels: number): DecodedPicture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const header = readHeader(view)
  const { width, height, bits, dataOffset } = header
  if (width * height > maxPixels) throw new NodeError(`The bitmap has more than ${maxPixels / 1e6} megapixels`)
  const rowBytes = Math.ceil((width * bits) / 32) * 4
  if (dataOffset + rowBytes * height > file.length) throw new NodeError('The bitmap is cut short')
  const channels = header.masks[3] !== 0 ? 4 : 3
  const pixels = new Uint8Array(width * height * channels)
  const readPixel = bits <= 8 ? paletteReader(view, header) : maskReader(view, header)
  for (let y = 0; y < height; y++) {
    const row = dataOffset + rowBytes * (header.topDown ? y : height - 1 - y)
    for (let x = 0; x < width; x++) readPixel(row, x, pixels, (y * width + x) * channels)
  }
  return { width, height, channels, pixels }
}

function readHeader(view: DataView): BmpHeader {
  if (view.byteLength < 54) throw new NodeError('The bitmap is cut short')
  const infoSize = view.getUint32(14, true)
  if (infoSize < 40) throw new NodeError('Bitmaps of OS/2 are not read')
  const width = view.getInt32(18, true)
  const signedHeight = view.getInt32(22, true)
  const height = Math.abs(signedHeight)
  const bits = view.getUint16(28, true)
  const compression = view.getUint32(30, true)
  if (width < 1 || height < 1 || width > 65_535 || height > 65_535) throw new NodeError('The bitmap has no valid size')
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new NodeError(`Bitmaps of ${bits} bits per pixel are not read`)
  const isMasked = compression === bitFields || compression === alphaBitFields
  if (compression !== uncompressed && !(isMasked && bits >= 16)) {
    throw new NodeError('Compressed bitmaps are not read')
  }
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bits,
    compression,
    dataOffset: view.getUint32(10, true),
    paletteOffset: 14 + infoSize,
    paletteColours: view.getUint32(46, true) || 2 ** Math.min(bits, 8),
    masks: isMasked ? readMasks(view, infoSize, compression) : bits === 16 ? fiveBitMasks : eightBitMasks,
  }
}

const fiveBitMasks: BmpHeader['masks'] = [0x7c00, 0x03e0, 0x001f, 0]
// The fourth byte of plain 32-bit bitmaps means nothing.
const eightBitMasks: BmpHeader['masks'] = [0xff0000, 0x00ff00, 0x0000ff, 0]

function readMasks(view: DataView, infoSize: number, compression: number): BmpHeader['masks'] {
  const hasAlpha = infoSize >= 56 || compression === alphaBitFields
  if (view.byteLength < (hasAlpha ? 70 : 66)) throw new NodeError('The bitmap is cut short')
  return [
    view.getUint32(54, true),
    view.getUint32(58, true),
    view.getUint32(62, true),
    hasAlpha ? view.getUint32(66, true) : 0,
  ]
}

type PixelReader = (row: number, x: number, target: Uint8Array, at: number) => void

function paletteReader(view: DataView, { bits, paletteOffset, paletteColours }: BmpHeader): PixelReader {
  if (paletteColours > 256 || paletteOffset + paletteColours * 4 > view.byteLength) {
    throw new NodeError('The bitmap has a damaged palette')
  }
  const perByte = 8 / bits
  return (row, x, target, at) => {
    const byte = view.getUint8(row + Math.floor(x / perByte))
    const index = (byte >> (8 - bits * ((x % perByte) + 1))) & ((1 << bits) - 1)
    const colour = paletteOffset + Math.min(index, paletteColours - 1) * 4
    for (let c = 0; c < 3; c++) target[at + c] = view.getUint8(colour + 2 - c)
  }
}

function maskReader(view: DataView, { bits, masks }: BmpHeader): PixelReader {
  const fields = masks.filter((mask, i) => i < 3 || mask !== 0).map(fieldOf)
  const read = (offset: number) =>
    bits === 16
      ? view.getUint16(offset, true)
      : bits === 32
        ? view.getUint32(offset, true)
        : view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16)
  const bytesPerPixel = bits / 8
  return (row, x, target, at) => {
    const value = read(row + x * bytesPerPixel)
    for (let c = 0; c < fields.length; c++) {
      const { shift, largest } = fields[c]!
      target[at + c] = largest === 0 ? 0 : Math.round((((value >>> shift) & largest) * 255) / largest)
    }
  }
}

function fieldOf(mask: number): { shift: number; largest: number } {
  if (mask === 0) return { shift: 0, largest: 0 }
  const shift = 31 - Math.clz32(mask & -mask)
  return { shift, largest: (mask >>> shift) & 0xffff }
}
