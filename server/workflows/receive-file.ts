/** @file A request's body into a temporary file, bounded, and gone again whatever happens. */
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { temporaryPrefix } from '#platform/files/durable-write'
import { StudioError } from '../http/errors.ts'

/**
 * @param use - gets the absolute path of the whole body; the file is removed when it is done
 * @throws StudioError `payload_too_large`
 */
export async function withReceivedFile<T>(
  request: IncomingMessage,
  { directory, maxBytes, name }: { directory: string; maxBytes: number; name: string },
  use: (path: string) => Promise<T>,
): Promise<T> {
  await mkdir(directory, { recursive: true })
  const path = join(directory, `${temporaryPrefix}${name}`)
  let received = 0
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length
      if (received > maxBytes)
        done(new StudioError('payload_too_large', `The file is larger than ${Math.floor(maxBytes / 1e6)} MB`))
      else done(null, chunk)
    },
  })
  try {
    await pipeline(request, limit, createWriteStream(path, { flags: 'wx' }))
    return await use(path)
  } finally {
    await rm(path, { force: true })
  }
}
