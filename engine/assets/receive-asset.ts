/**
 * @file Receives the form of an asset upload in one pass: the file goes to a hidden temporary file and is hashed on the way,
 * fields may come before or after it and `tags` several times. Leaves nothing behind when it fails.
 */
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { isOutOfSpace, temporaryPathBeside } from '#platform/files/durable-write'
import { HttpError } from '../http/http-error.ts'
import { limitBody } from '../http/read-body.ts'
import { AssetError } from './errors.ts'
import { uploadChunkBytes, writeHashed } from './write-hashed.ts'

export interface ReceivedAsset {
  file: { name: string; temporary: string; size: number; hash: string } | null
  /** Every value of every field, in order. */
  fields: ReadonlyMap<string, readonly string[]>
}

const limits = { fields: 200, parts: 210, fieldSize: 1024 * 1024, headerPairs: 100 }

/**
 * @param directory - absolute; the temporary file is made directly in it
 * @throws AssetError UNSUPPORTED_MEDIA_TYPE, INVALID_BODY, PAYLOAD_TOO_LARGE, UPLOAD_IO_ERROR; HttpError 507 on a full disk
 */
export async function receiveAsset(
  request: IncomingMessage,
  directory: string,
  maxSize: number,
): Promise<ReceivedAsset> {
  if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) {
    throw new AssetError('UNSUPPORTED_MEDIA_TYPE', 'Send the file as multipart/form-data.')
  }
  await mkdir(directory, { recursive: true })
  const fields = new Map<string, string[]>()
  const temporary = temporaryPathBeside(join(directory, 'asset'))
  let write: Promise<NonNullable<ReceivedAsset['file']>> | null = null
  const parser = createParser(request)
  parser.on('field', (name, value) => {
    fields.set(name, [...(fields.get(name) ?? []), value])
  })
  parser.on('file', (field, stream, info) => {
    // One that is not taken fails too when the form breaks off, and an error nobody listens to ends the process.
    if (field !== 'file' || write !== null) return stream.on('error', () => undefined).resume()
    write = writeHashed(stream, temporary).then((written) => ({ name: info.filename ?? '', temporary, ...written }))
    write.catch((error: Error) => parser.destroy(error))
  })
  try {
    await pipeline(limitBody(request, maxSize), parser)
    return { file: await (write as Promise<NonNullable<ReceivedAsset['file']>> | null), fields }
  } catch (error) {
    const failure = await failureOf(write, error)
    await rm(temporary, { force: true })
    throw failure
  }
}

function createParser(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({ headers: request.headers, limits, defParamCharset: 'utf8', fileHwm: uploadChunkBytes })
  } catch {
    throw new AssetError('INVALID_BODY', 'The multipart boundary is missing.')
  }
}

/** A failed write says more than the broken form it causes. */
async function failureOf(write: Promise<unknown> | null, error: unknown): Promise<unknown> {
  const [written] = await Promise.allSettled([write])
  const reason = written?.status === 'rejected' ? (written.reason as NodeJS.ErrnoException) : null
  const first = reason?.code && reason.code !== 'ERR_STREAM_PREMATURE_CLOSE' ? reason : error
  if (first instanceof HttpError) {
    return first.status === 413
      ? new AssetError('PAYLOAD_TOO_LARGE', 'The upload is larger than max_upload_size.')
      : first
  }
  if (isOutOfSpace(first)) return new HttpError(507, { error: 'The disk is full: the file was not stored.' })
  if ((first as NodeJS.ErrnoException).code?.startsWith('E') === true && reason) {
    return new AssetError('UPLOAD_IO_ERROR', 'The file could not be written.')
  }
  return new AssetError('INVALID_BODY', 'The body is not a complete multipart form.')
}
