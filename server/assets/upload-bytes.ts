/** @file The bytes of an upload on their way to the disk, whichever way they come: gathered, judged by content, written. */
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { mediaKindOfName } from '#contracts/media'
import { type SniffedType, sniffLength, sniffMediaType } from '#platform/media-type'

/** Bytes that are gathered before one write. */
export const gatheredBytes = 1024 * 1024

/** Why a file is not taken, in the words of the contract. */
export const refusals = {
  kind: 'not a supported image or video',
  empty: 'the file is empty',
  tooLarge: (maxBytes: number) => `larger than ${maxBytes} bytes`,
}

/**
 * The bytes of a stream in groups of about 1 MiB, without copying. Leaving the loop early leaves the stream open, so that
 * what is behind it is still read. When the stream breaks off, what came before is given first, then the error thrown.
 */
export async function* gather(part: Readable): AsyncGenerator<Buffer[]> {
  let chunks: Buffer[] = []
  let length = 0
  let broken: { error: unknown } | null = null
  try {
    for await (const chunk of part.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length < gatheredBytes) continue
      yield chunks
      chunks = []
      length = 0
    }
  } catch (error) {
    broken = { error }
  }
  if (length > 0) yield chunks
  if (broken) throw broken.error
}

export function firstBytes(chunks: Buffer[]): Buffer {
  return chunks[0]!.length >= sniffLength ? chunks[0]!.subarray(0, sniffLength) : Buffer.concat(chunks).subarray(0, 64)
}

/** The type by content when it is one of the listed ones; AVIF is shown but not listed, so it is not accepted. */
export function acceptedType(head: Buffer): SniffedType | null {
  const type = sniffMediaType(head)
  return type && mediaKindOfName(type.extension) ? type : null
}

export async function writeAll(handle: FileHandle, chunks: Buffer[], length: number): Promise<void> {
  const { bytesWritten } = await handle.writev(chunks)
  if (bytesWritten === length) return
  // A short write: the rest in one piece, whose own error (no space) then tells why.
  await handle.writeFile(Buffer.concat(chunks).subarray(bytesWritten))
}
