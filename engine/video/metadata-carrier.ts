/**
 * @file Carries the graph to ffmpeg, which puts it into the container's metadata. An argument holds at most 128 KiB, and
 * ffmpeg's own metadata files are cut at 1 KiB a line in older versions; an editor's graph is longer than either. So the
 * carrier is an ID3 tag, which every ffmpeg reads in front of any input and which keeps keys as they are spelled; the
 * input it stands in front of is a single byte of raw sound that is not used.
 * @see ID3v2.4.0 main structure, 3.1 and 4; ID3v2.4.0 native frames, 4.2.6
 */
import type { PngText } from '../images/png-text.ts'

/** Arguments that open the carrier on `pipe:3` as an input. */
export const carrierInput: readonly string[] = ['-f', 'u8', '-i', 'pipe:3']

/** Sizes are written with seven bits a byte, so 28 bits. */
const maxTag = 2 ** 28 - 1
const headerLength = 10
const utf8 = 3

/**
 * The carrier's bytes. Texts that would not fit are left out: a video without its graph is better than none.
 */
export function metadataCarrier(texts: readonly PngText[]): Buffer {
  const frames: Buffer[] = []
  let length = 0
  for (const text of texts) {
    const frame = userTextFrame(text)
    if (length + frame.length > maxTag) continue
    frames.push(frame)
    length += frame.length
  }
  const sample = Buffer.from([128])
  return Buffer.concat([Buffer.from('ID3\x04\0\0', 'latin1'), sevenBits(length), ...frames, sample])
}

/** A user-defined text: encoding, key, zero, value. */
function userTextFrame({ keyword, text }: PngText): Buffer {
  const content = Buffer.concat([Buffer.from([utf8]), Buffer.from(`${keyword}\0${text}`, 'utf8')])
  const head = Buffer.alloc(headerLength)
  head.write('TXXX', 'latin1')
  sevenBits(content.length).copy(head, 4)
  return Buffer.concat([head, content])
}

function sevenBits(value: number): Buffer {
  return Buffer.from([(value >>> 21) & 127, (value >>> 14) & 127, (value >>> 7) & 127, value & 127])
}
