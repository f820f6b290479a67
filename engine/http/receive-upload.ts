/**
 * @file Receives the one file of a multipart form in one pass: to a hidden temporary file, hashed on the way. The form's
 * fields may come before or after it. Leaves nothing behind when it fails.
 */
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { temporaryPathBeside } from '#platform/files/durable-write'
import { uploadChunkBytes, writeHashed } from '../assets/write-hashed.ts'
import { HttpError, refuse } from './http-error.ts'
import { limitBody } from './read-body.ts'

export interface ReceivedUpload {
  /** Of the file `image`, its hash as the asset catalogue writes it; null when the form had none. */
  file: { name: string; temporary: string; size: number; hash: string } | null
  fields: ReadonlyMap<string, string>
}

const limits = { fields: 20, parts: 25, fieldSize: 64 * 1024, headerPairs: 100 }

/**
 * @param directory - absolute; the temporary file is made directly in it
 * @throws HttpError 400 for what is no proper form, 413 beyond the limit
 */
export async function receiveUpload(
  request: IncomingMessage,
  directory: string,
  maxSize: number,
): Promise<ReceivedUpload> {
  await mkdir(directory, { recursive: true })
  const fields = new Map<string, string>()
  const writes: Promise<ReceivedUpload['file']>[] = []
  const temporary = temporaryPathBeside(join(directory, 'upload'))
  const parser = createParser(request)

  parser.on('field', (name, value) => fields.set(name, value))
  parser.on('file', (field, stream, info) => {
    // One that is not taken fails too when the form breaks off, and an error nobody listens to ends the process.
    if (field !== 'image' || writes.length > 0) return stream.on('error', () => undefined).resume()
    const write = writeHashed(stream, temporary).then((written) => ({
      name: info.filename ?? '',
      temporary,
      ...written,
    }))
    // A parser waits for its file to be read to the end, which after a failed write nobody does.
    write.catch((error: Error) => parser.destroy(error))
    writes.push(write)
  })

  try {
    await pipeline(limitBody(request, maxSize), parser)
    return { file: (await writes[0]) ?? null, fields }
  } catch (error) {
    const failure = await firstFailure(writes, error)
    await rm(temporary, { force: true })
    throw failure
  }
}

function createParser(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      limits,
      preservePath: true,
      defParamCharset: 'utf8',
      fileHwm: uploadChunkBytes,
    })
  } catch {
    throw refuse(400, 'Request body must be multipart/form-data')
  }
}

/** A failed write (a full disk) says more than the broken form it causes. */
async function firstFailure(writes: readonly Promise<unknown>[], error: unknown): Promise<unknown> {
  const [write] = await Promise.allSettled(writes)
  const reason = write?.status === 'rejected' ? (write.reason as NodeJS.ErrnoException) : null
  if (reason?.code && reason.code !== 'ERR_STREAM_PREMATURE_CLOSE') return reason
  if (error instanceof HttpError || (error as NodeJS.ErrnoException).code?.startsWith('E') === true) return error
  return refuse(400, 'Request body is not a complete multipart form')
}
