/** @file Writes a stream to a new file and hashes it on the way, so that an upload is read once. */
import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createContentHasher } from './content-hash.ts'

/** Bytes taken at once, from the form and to the disk. */
export const uploadChunkBytes = 1024 * 1024

/**
 * @param path - of a file that is not there yet; a broken one is the caller's to remove
 * @returns its size in bytes and its hash as the asset catalogue writes it
 */
export async function writeHashed(
  stream: NodeJS.ReadableStream,
  path: string,
): Promise<{ size: number; hash: string }> {
  const hasher = createContentHasher()
  let size = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hasher.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  await pipeline(stream, meter, createWriteStream(path, { flags: 'wx', highWaterMark: uploadChunkBytes }))
  return { size, hash: hasher.digest() }
}
