/**
 * @file Carries the graph to ffmpeg, which puts it into the container's metadata. An argument holds at most 128 KiB, and
 * ffmpeg's own metadata files are cut at 1 KiB a line in older versions; an editor's graph is longer than either. So the
 * carrier is a Matroska file without tracks: its tags take 16 MiB each and keep keys as they are spelled, in ffmpeg 4 and
 * 9 alike (FLAC comments lose the case of keys; ID3 tags are not read in front of everything any more).
 * @see RFC 9559 (Matroska), 5.1.8 and RFC 8794 (EBML), 5 and 6
 */
import type { PngText } from '../images/png-text.ts'

/** Arguments that open the carrier on `pipe:3` as an input. */
export const carrierInput: readonly string[] = ['-f', 'matroska', '-i', 'pipe:3']

/** Element ids. */
const id = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  tags: 0x1254c367,
  tag: 0x7373,
  targets: 0x63c0,
  simpleTag: 0x67c8,
  tagName: 0x45a3,
  tagString: 0x4487,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
} as const

/** Longest text that ffmpeg takes from an element. */
const longestText = 16 * 1024 * 1024 - 1

/** The carrier's bytes. A text that is too long is left out: a video without its graph is better than none. */
export function metadataCarrier(texts: readonly PngText[]): Buffer {
  const tags = texts.filter(({ text }) => text.length <= longestText).map(simpleTag)
  return Buffer.concat([
    element(id.ebml, element(id.docType, Buffer.from('matroska'))),
    element(
      id.segment,
      element(id.info, element(id.timestampScale, Buffer.from([0x0f, 0x42, 0x40]))),
      element(id.tags, element(id.tag, element(id.targets), ...tags)),
      // Readers look for the first cluster to know that the head is over.
      element(id.cluster, element(id.timestamp, Buffer.from([0]))),
    ),
  ])
}

function simpleTag({ keyword, text }: PngText): Buffer {
  return element(id.simpleTag, element(id.tagName, Buffer.from(keyword)), element(id.tagString, Buffer.from(text)))
}

/** Id, size in its eight-byte form, content. */
function element(number: number, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  const hex = number.toString(16)
  const size = Buffer.alloc(8)
  size.writeUIntBE(length, 2, 6)
  size[0] = 0x01
  return Buffer.concat([Buffer.from(hex, 'hex'), size, ...content])
}
