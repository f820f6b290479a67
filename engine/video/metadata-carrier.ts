/**
 * @file Carries the graph to ffmpeg, which puts it into the container's metadata. An argument holds at most 128 KiB and
 * lines of ffmpeg's own metadata files are cut at 1 KiB in older versions; an editor's graph is longer than either. So
 * the carrier is an empty FLAC stream: its comment block takes 16 MiB, and every ffmpeg reads it.
 * @see RFC 9639 (FLAC), 8.2 and 8.6; Xiph.Org "Vorbis I", section 5
 */
import type { PngText } from '../images/png-text.ts'

/** Arguments that open the carrier on `pipe:3` as an input. */
export const carrierInput: readonly string[] = ['-f', 'flac', '-i', 'pipe:3']

/** Block types. */
const streamInfo = 0
const vorbisComment = 4
const lastBlock = 0x80
/** Length of a block: 24 bits. */
const maxBlock = 2 ** 24 - 1

/**
 * An empty FLAC stream with the texts as its comments. Texts that would not fit are left out: a video without its graph
 * is better than none.
 */
export function metadataCarrier(texts: readonly PngText[]): Buffer {
  const comments: Buffer[] = []
  let length = 8
  for (const { keyword, text } of texts) {
    const comment = Buffer.from(`${keyword}=${text}`, 'utf8')
    // A field name is printable ASCII without "=".
    if (!/^[\x20-\x3c\x3e-\x7d]+$/.test(keyword) || length + 4 + comment.length > maxBlock) continue
    comments.push(comment)
    length += 4 + comment.length
  }
  const body = Buffer.concat([
    uint32(0),
    uint32(comments.length),
    ...comments.flatMap((comment) => [uint32(comment.length), comment]),
  ])
  return Buffer.concat([Buffer.from('fLaC'), block(streamInfo, emptyStream()), block(vorbisComment | lastBlock, body)])
}

/** 44.1 kHz, one channel, 16 bits, no samples: nothing of it is used. */
function emptyStream(): Buffer {
  const info = Buffer.alloc(34)
  info.writeUInt16BE(4096, 0)
  info.writeUInt16BE(4096, 2)
  // 20 bits sample rate, 3 bits channels − 1, 5 bits sample size − 1, then 36 bits of sample count.
  info.writeUInt32BE(((44_100 << 12) | (15 << 4)) >>> 0, 10)
  return info
}

function block(type: number, content: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(content.length, 0)
  head[0] = type
  return Buffer.concat([head, content])
}

/** Lengths inside a comment block are little-endian. */
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value, 0)
  return bytes
}
