/**
 * @file The texts that a picture or video carries in its metadata, as ComfyUI writes them: `prompt` (the graph) and
 * `workflow` (the editor's document). PNG text chunks, EXIF of WebP, tags of MP4 and WebM. Reads headers and texts only,
 * never pixels; every length is a stranger's claim.
 */
import { execFile } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflateSync } from 'node:zlib'
import { demuxerArguments, findFfmpeg } from '#platform/ffmpeg'
import { sniffLength, sniffMediaType } from '#platform/media-type'
import { maxGraphBytes } from './parse-graph.ts'

export interface CarriedTexts {
  prompt?: string
  workflow?: string
}

/** Chunks looked at; an honest file has a few dozen texts and its pixels in some hundreds. */
const maxChunks = 100_000
const ffmpegPatience = 20_000

/** @returns null when the file is no picture or video that can carry texts */
export async function readCarriedTexts(
  handle: FileHandle,
  path: string,
  signal?: AbortSignal,
): Promise<CarriedTexts | null> {
  const head = Buffer.alloc(sniffLength)
  const { bytesRead } = await handle.read(head, 0, sniffLength, 0)
  const type = sniffMediaType(head.subarray(0, bytesRead))?.type
  if (type === 'image/png') return readPng(handle)
  if (type === 'image/webp') return readWebp(handle)
  if (type === 'video/mp4' || type === 'video/quicktime' || type === 'video/webm') return readVideo(type, path, signal)
  return type === undefined ? null : {}
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await handle.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

function keep(texts: CarriedTexts, keyword: string, text: () => string): void {
  if ((keyword === 'prompt' || keyword === 'workflow') && texts[keyword] === undefined) texts[keyword] = text()
}

/** @see PNG specification (third edition), 11.3.3: tEXt, zTXt, iTXt */
async function readPng(handle: FileHandle): Promise<CarriedTexts> {
  const texts: CarriedTexts = {}
  let position = 8
  for (let count = 0; count < maxChunks; count++) {
    const head = await readAt(handle, position, 8)
    if (head.length < 8) break
    const length = head.readUInt32BE(0)
    const kind = head.toString('latin1', 4, 8)
    if (kind === 'IEND') break
    if ((kind === 'tEXt' || kind === 'zTXt' || kind === 'iTXt') && length <= maxGraphBytes) {
      const data = await readAt(handle, position + 8, length)
      const end = data.indexOf(0)
      if (data.length === length && end > 0) {
        keep(texts, data.toString('latin1', 0, end), () => pngText(kind, data.subarray(end + 1)))
      }
    }
    position += 12 + length
  }
  return texts
}

/** A compressed text may claim any size; more than a graph may have is not unpacked. */
const unpack = (data: Buffer) => inflateSync(data, { maxOutputLength: maxGraphBytes }).toString('utf8')

function pngText(kind: string, rest: Buffer): string {
  try {
    if (kind === 'tEXt') return rest.toString('utf8')
    if (kind === 'zTXt') return unpack(rest.subarray(1))
    const language = rest.indexOf(0, 2)
    const translated = language < 0 ? -1 : rest.indexOf(0, language + 1)
    if (translated < 0) return ''
    const text = rest.subarray(translated + 1)
    return rest[0] === 1 ? unpack(text) : text.toString('utf8')
  } catch {
    return ''
  }
}

/** The EXIF chunk of a WebP, whose texts ComfyUI writes as `prompt:{…}` and `workflow:{…}`. @see RFC 9649, 2.3 and 2.7 */
async function readWebp(handle: FileHandle): Promise<CarriedTexts> {
  let position = 12
  for (let count = 0; count < maxChunks; count++) {
    const head = await readAt(handle, position, 8)
    if (head.length < 8) break
    const length = head.readUInt32LE(4)
    if (head.toString('latin1', 0, 4) === 'EXIF' && length <= 2 * maxGraphBytes) {
      return exifTexts(await readAt(handle, position + 8, length))
    }
    position += 8 + length + (length % 2)
  }
  return {}
}

/** Texts among the tags of the first directory. @see TIFF 6.0, section 2 */
function exifTexts(data: Buffer): CarriedTexts {
  const tiff = data.toString('latin1', 0, 6) === 'Exif\0\0' ? data.subarray(6) : data
  const order = tiff.toString('latin1', 0, 2)
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return {}
  const u16 = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const u32 = (at: number) => (order === 'II' ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at))
  const texts: CarriedTexts = {}
  const start = u32(4)
  if (start + 2 > tiff.length) return {}
  for (let index = 0, count = u16(start); index < count; index++) {
    const at = start + 2 + 12 * index
    if (at + 12 > tiff.length) break
    const length = u32(at + 4)
    const offset = u32(at + 8)
    // 2: a text; of up to four bytes it would stand in place of its offset, and be no graph.
    if (u16(at + 2) !== 2 || length <= 4 || offset + length > tiff.length) continue
    const text = tiff.toString('utf8', offset, offset + length).replace(/\0+$/, '')
    const colon = text.indexOf(':')
    if (colon > 0) keep(texts, text.slice(0, colon).toLowerCase(), () => text.slice(colon + 1))
  }
  return texts
}

async function readVideo(type: string, path: string, signal?: AbortSignal): Promise<CarriedTexts> {
  const ffmpeg = findFfmpeg()
  const input = demuxerArguments(type, path)
  if (!ffmpeg || !input) return {}
  const { stdout } = await promisify(execFile)(ffmpeg, ['-v', 'error', ...input, '-f', 'ffmetadata', 'pipe:1'], {
    maxBuffer: 8 * maxGraphBytes,
    timeout: ffmpegPatience,
    encoding: 'utf8',
    ...(signal ? { signal } : {}),
  }).catch(() => ({ stdout: '' }))
  const texts: CarriedTexts = {}
  // `key=value`, a backslash before `=`, `;`, `#`, `\` and line ends.
  for (const [, key, value] of stdout.matchAll(/^([^=;#\n\\]+)=([^\\\n]*(?:\\[\s\S][^\\\n]*)*)$/gm)) {
    keep(texts, key!.toLowerCase(), () => value!.replace(/\\([\s\S])/g, '$1'))
  }
  return texts
}
