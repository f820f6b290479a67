/**
 * @file Text chunks of a PNG (`tEXt`), which carry the graph that made the picture: put in right after the header, the
 * way ComfyUI's files have them, so that its page opens our pictures as workflows.
 * @see PNG specification (third edition), 11.3.3.2 and 5.3
 */
import { crc32 } from '#platform/crc32'
import { stringifyExact } from '#platform/exact-json'

const signatureLength = 8
/** Length, type, 13 bytes of IHDR, checksum. */
const headerChunkLength = 25

export interface PngText {
  /** 1 to 79 Latin-1 characters. */
  keyword: string
  /** Latin-1; JSON goes through {@link asciiJson} first. */
  text: string
}

/**
 * The parts of a PNG file with text chunks put in, in the given order, right after IHDR. Nothing is copied but the
 * chunks. Entries whose keyword PNG does not allow are left out.
 * @param png - a complete PNG file
 * @throws RangeError when the bytes do not begin with a PNG header
 */
export function withPngText(png: Uint8Array, texts: readonly PngText[]): Uint8Array[] {
  const headEnd = signatureLength + headerChunkLength
  if (png.length < headEnd || Buffer.from(png.buffer, png.byteOffset + 12, 4).toString('latin1') !== 'IHDR') {
    throw new RangeError('not a PNG file')
  }
  return [png.subarray(0, headEnd), ...texts.filter(hasValidKeyword).map(textChunk), png.subarray(headEnd)]
}

function hasValidKeyword({ keyword }: PngText): boolean {
  return /^[\x21-\x7e\xa1-\xff](?:[\x20-\x7e\xa1-\xff]{0,77}[\x21-\x7e\xa1-\xff])?$/.test(keyword)
}

function textChunk({ keyword, text }: PngText): Uint8Array {
  const content = Buffer.from(`tEXt${keyword}\0${text}`, 'latin1')
  const chunk = Buffer.allocUnsafe(content.length + 8)
  chunk.writeUInt32BE(content.length - 4, 0)
  content.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(content), content.length + 4)
  return chunk
}

/** JSON in which everything beyond ASCII is written as `\uXXXX`. */
export function asciiJson(value: unknown): string {
  return stringifyExact(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * What a saved file tells about its making: the executed graph as `prompt`, then each key of the extra data
 * (normally `workflow`, the editor's graph).
 */
export function metadataTexts(prompt: object, extraPngInfo: Record<string, unknown>): PngText[] {
  const hasPrompt = Object.keys(prompt).length > 0
  return [
    ...(hasPrompt ? [{ keyword: 'prompt', text: asciiJson(prompt) }] : []),
    ...Object.entries(extraPngInfo).map(([keyword, value]) => ({ keyword, text: asciiJson(value) })),
  ]
}
