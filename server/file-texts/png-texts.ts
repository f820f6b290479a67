/**
 * @file Reads the text chunks of a PNG (`tEXt`, `zTXt`, `iTXt`). Goes from chunk to chunk by their lengths and reads
 * nothing else of the file, so a picture of any size costs the same. Broken chunks end the reading; they are no error.
 * @see PNG specification (third edition), 11.3.3
 */
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import type { FileText, FileTexts } from '#contracts/file-texts'

export interface TextLimits {
  /** Characters of all texts together. */
  maxText: number
  /** Bytes of one chunk. */
  maxChunk: number
  /** Chunks that are looked at. */
  maxChunks: number
}

export const textLimits: TextLimits = { maxText: 2 * 1024 * 1024, maxChunk: 4 * 1024 * 1024, maxChunks: 10_000 }

const signatureLength = 8
const inflateAsync = promisify(inflate)

/** @param size - bytes of the file */
export async function readPngTexts(handle: FileHandle, size: number, limits = textLimits): Promise<FileTexts> {
  const texts: FileText[] = []
  let room = limits.maxText
  let at = signatureLength
  for (let chunks = 0; at + 12 <= size; chunks++) {
    if (chunks === limits.maxChunks) return { texts, truncated: true }
    const head = await readAt(handle, at, 8)
    if (head === null) break
    const length = head.readUInt32BE(0)
    const type = head.toString('latin1', 4, 8)
    if (type === 'IEND' || at + 12 + length > size) break
    if (type === 'tEXt' || type === 'zTXt' || type === 'iTXt') {
      if (length > limits.maxChunk) return { texts, truncated: true }
      const content = await readAt(handle, at + 8, length)
      const found = content && (await parseText(type, content, room))
      if (found === 'large') return { texts, truncated: true }
      if (found) {
        room -= found.text.length
        if (room < 0) return { texts, truncated: true }
        texts.push(found)
      }
    }
    at += 12 + length
  }
  return { texts, truncated: false }
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer | null> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await handle.read(buffer, 0, length, at)
  return bytesRead === length ? buffer : null
}

type TextChunk = 'tEXt' | 'zTXt' | 'iTXt'

/** @returns null for a chunk that says nothing readable, `large` for one that unpacks to more than `room` */
async function parseText(type: TextChunk, content: Buffer, room: number): Promise<FileText | 'large' | null> {
  const keywordEnd = content.indexOf(0)
  if (keywordEnd < 1 || keywordEnd > 79) return null
  const keyword = content.toString('latin1', 0, keywordEnd)
  const rest = content.subarray(keywordEnd + 1)
  if (type === 'tEXt') return { keyword, text: rest.toString('latin1') }
  if (type === 'zTXt') return unpacked(keyword, rest.subarray(1), 'latin1', room)
  // Compression flag and method, language tag, translated keyword, text.
  const languageEnd = rest.indexOf(0, 2)
  const translatedEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1)
  if (translatedEnd < 0) return null
  const text = rest.subarray(translatedEnd + 1)
  return rest[0] === 1 ? unpacked(keyword, text, 'utf8', room) : { keyword, text: text.toString('utf8') }
}

async function unpacked(keyword: string, packed: Buffer, encoding: 'latin1' | 'utf8', room: number) {
  try {
    const text = await inflateAsync(packed, { maxOutputLength: Math.max(1, room) })
    return { keyword, text: text.toString(encoding) }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'large' : null
  }
}
