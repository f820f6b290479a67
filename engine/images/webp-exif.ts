/**
 * @file EXIF fields of a WebP file, put in as its own chunk: the encoder drops fields beyond 64 KiB, and an editor's
 * graph is longer.
 * @see RFC 9649 (WebP), 2.7; TIFF 6.0, section 2
 */
import { NodeError } from '../nodes/define.ts'

/** Bit of the extended header that announces an EXIF chunk. */
const exifFlag = 0x08
const riffHeader = 12
const asciiType = 2

/**
 * The parts of a WebP file with an EXIF chunk at its end.
 * @param webp - a complete file; one without an extended header gets one
 * @param fields - ASCII text by tag number
 * @param size - of the picture, for the extended header
 */
export function withWebpExif(
  webp: Buffer,
  fields: ReadonlyMap<number, string>,
  size: { width: number; height: number; hasAlpha: boolean },
): Buffer[] {
  if (webp.toString('latin1', 8, 12) !== 'WEBP') throw new NodeError('The encoder gave no WebP file', 'RuntimeError')
  if (fields.size === 0) return [webp]
  const isExtended = webp.toString('latin1', 12, 16) === 'VP8X'
  const head = isExtended ? Buffer.from(webp.subarray(riffHeader, riffHeader + 18)) : extendedHeader(size)
  head[8]! |= exifFlag
  const rest = webp.subarray(isExtended ? riffHeader + 18 : riffHeader)
  const exif = chunk('EXIF', tiff(fields))
  const riff = Buffer.from(webp.subarray(0, riffHeader))
  riff.writeUInt32LE(4 + head.length + rest.length + exif.length, 4)
  return [riff, head, rest, exif]
}

function extendedHeader({ width, height, hasAlpha }: { width: number; height: number; hasAlpha: boolean }): Buffer {
  const content = Buffer.alloc(10)
  content[0] = hasAlpha ? 0x10 : 0
  content.writeUIntLE(width - 1, 4, 3)
  content.writeUIntLE(height - 1, 7, 3)
  return chunk('VP8X', content)
}

function chunk(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
}

/** One directory of ASCII fields, in order of their tags, little-endian. */
function tiff(fields: ReadonlyMap<number, string>): Buffer {
  const entries = [...fields].sort(([a], [b]) => a - b)
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4)
  head.write('II*\0', 'latin1')
  head.writeUInt32LE(8, 4)
  head.writeUInt16LE(entries.length, 8)
  const texts: Buffer[] = []
  let offset = head.length
  entries.forEach(([tag, text], i) => {
    // The word boundary keeps readers content that load two bytes at a time. Texts of up to 4 bytes lie in the entry.
    const value = Buffer.from(`${text}\0${'\0'.repeat((text.length + 1) % 2)}`, 'latin1')
    const at = 10 + i * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(asciiType, at + 2)
    head.writeUInt32LE(value.length, at + 4)
    if (value.length <= 4) value.copy(head, at + 8)
    else {
      head.writeUInt32LE(offset, at + 8)
      texts.push(value)
      offset += value.length
    }
  })
  return Buffer.concat([head, ...texts])
}
