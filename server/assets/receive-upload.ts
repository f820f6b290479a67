/**
 * @file Takes a multipart upload apart and stores its pictures: one pass from the socket to a hidden file, judged by
 * content on the way. Nothing becomes visible before the whole request arrived, so a client that leaves, leaves nothing.
 */
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import busboy from 'busboy'
import type { UploadResult } from '#contracts/assets'
import { isOutOfSpace, syncDirectory, temporaryPathBeside } from '#platform/files/durable-write'
import type { SniffedType } from '#platform/media-type'
import { StudioError } from '../http/errors.ts'
import type { Ledger, Reservation } from '../storage/ledger.ts'
import { publishUpload } from './publish-upload.ts'
import { acceptedType, firstBytes, gather, gatheredBytes, refusals, writeAll } from './upload-bytes.ts'

export interface UploadLimits {
  /** Bytes of one file. */
  maxFileBytes: number
  /** Files of one request. */
  maxFiles: number
}

export interface ReceiveUploadOptions {
  /** Absolute path of the input directory; made when it is missing. */
  directory: string
  ledger: Ledger
  limits: UploadLimits
  now: () => Date
  /** Six hexadecimal digits. */
  randomHex: () => string
}

/** What a part of the form around a file (headers, boundary) may add to its bytes. */
const overheadPerFile = 64 * 1024
/** Files whose bytes arrived but are not yet durable; more wait with reading. */
const maxFinishing = 8

type Stored = { original: string; temporary: string; type: SniffedType } | { original: string; reason: string }

/**
 * @returns names and refusals, both in the request's order
 * @throws StudioError `invalid_request` (not multipart, no `files` part), `payload_too_large`, `insufficient_storage`.
 * The request may have unread bytes then; whoever answers drains it.
 */
export async function receiveUpload(request: IncomingMessage, options: ReceiveUploadOptions): Promise<UploadResult> {
  const { directory, ledger, limits } = options
  const announced = announcedLength(request)
  if (announced !== null && announced > limits.maxFiles * (limits.maxFileBytes + overheadPerFile)) {
    throw new StudioError('payload_too_large', 'The upload is larger than all files together may be')
  }
  const parser = createParser(request, limits)
  await mkdir(directory, { recursive: true })
  const reservation = await ledger.reserve(announced ?? 0)
  const stored: Promise<Stored>[] = []
  try {
    const room = announced === null ? reservation : null
    await readForm(request, parser, limits, (original, part, finishing) => {
      stored.push(
        stored.length < limits.maxFiles
          ? storePart(original, part, finishing, { directory, limits, room })
          : refusePart(original, part, `more than ${limits.maxFiles} files in one request`),
      )
      return stored.at(-1)!
    })
    if (stored.length === 0) throw new StudioError('invalid_request', 'The form has no "files" part with a file')
    return await publish(await Promise.all(stored), options)
  } finally {
    for (const outcome of await Promise.allSettled(stored)) {
      if (outcome.status === 'fulfilled' && 'temporary' in outcome.value) {
        await unlink(outcome.value.temporary).catch(() => undefined)
      }
    }
    reservation.release()
  }
}

function announcedLength(request: IncomingMessage): number | null {
  const header = request.headers['content-length']
  return header === undefined ? null : Number(header)
}

function createParser(request: IncomingMessage, limits: UploadLimits): busboy.Busboy {
  if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) {
    throw new StudioError('invalid_request', 'Send the files as multipart/form-data')
  }
  try {
    return busboy({
      headers: request.headers,
      highWaterMark: gatheredBytes,
      fileHwm: gatheredBytes,
      defParamCharset: 'utf8',
      limits: { fields: 20, fieldSize: 64 * 1024, headerPairs: 100, parts: limits.maxFiles + 1000 },
    })
  } catch (error) {
    throw new StudioError('invalid_request', 'The multipart boundary is missing', { cause: error })
  }
}

/** Feeds the parser until the form ended; gives each file part on. */
async function readForm(
  request: IncomingMessage,
  parser: busboy.Busboy,
  limits: UploadLimits,
  onFile: (original: string, part: Readable, finishing: Set<Promise<unknown>>) => Promise<Stored>,
): Promise<void> {
  const finishing = new Set<Promise<unknown>>()
  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('file', (field, part, { filename }) => {
        // An error of the form also reaches the parser; without a listener the part's own copy would end the process.
        part.on('error', () => undefined)
        if (field !== 'files') return part.resume()
        onFile(filename ?? 'unnamed', part, finishing).catch(reject)
      })
      parser.on('partsLimit', () =>
        reject(new StudioError('payload_too_large', `More than ${limits.maxFiles} files in one request`)),
      )
      parser.on('error', (error) =>
        reject(new StudioError('invalid_request', 'The multipart form is malformed or ends early', { cause: error })),
      )
      parser.on('close', resolve)
      request.on('error', reject)
      request.on('close', () => {
        if (!request.complete) reject(new StudioError('invalid_request', 'The client closed the connection'))
      })
      request.pipe(parser)
    })
  } catch (error) {
    request.unpipe(parser)
    parser.destroy(error as Error)
    throw error
  }
}

async function refusePart(original: string, part: Readable, reason: string): Promise<Stored> {
  part.resume()
  return { original, reason }
}

/** Writes one part to a hidden file beside its later place. A refusal is a value; a failing disk throws. */
async function storePart(
  original: string,
  part: Readable,
  finishing: Set<Promise<unknown>>,
  { directory, limits, room }: { directory: string; limits: UploadLimits; room: Reservation | null },
): Promise<Stored> {
  while (finishing.size >= maxFinishing) await Promise.race(finishing)
  const temporary = temporaryPathBeside(join(directory, 'upload'))
  let handle: FileHandle | undefined
  let type: SniffedType | null | undefined
  let size = 0
  try {
    for await (const chunks of gather(part)) {
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      size += length
      if (size > limits.maxFileBytes) {
        return await refusePart(original, part, refusals.tooLarge(limits.maxFileBytes))
      }
      if (type === undefined) {
        type = acceptedType(firstBytes(chunks))
        if (!type) return await refusePart(original, part, refusals.kind)
      }
      await room?.grow(length)
      handle ??= await open(temporary, 'wx')
      await writeAll(handle, chunks, length)
    }
    if (!handle || !type) return { original, reason: refusals.empty }
    const syncing = handle.sync()
    const settled = syncing.catch(() => undefined).finally(() => finishing.delete(settled))
    finishing.add(settled)
    await syncing
    const done = { original, temporary, type }
    await handle.close()
    handle = undefined
    return done
  } catch (error) {
    if (isOutOfSpace(error)) {
      throw new StudioError('insufficient_storage', 'No space left on the disk: delete something first', {
        cause: error,
      })
    }
    throw error
  } finally {
    if (handle) {
      await handle.close().catch(() => undefined)
      await unlink(temporary).catch(() => undefined)
    }
  }
}

/** Gives every stored file its visible name, then makes the names durable together. */
async function publish(stored: Stored[], options: ReceiveUploadOptions): Promise<UploadResult> {
  const result: UploadResult = { uploaded: [], errors: [] }
  const time = options.now()
  try {
    for (const part of stored) {
      if ('reason' in part) result.errors.push(`${part.original}: ${part.reason}`)
      else result.uploaded.push(await publishUpload(part, { ...options, time }))
    }
    if (result.uploaded.length > 0) await syncDirectory(options.directory)
    return result
  } catch (error) {
    // Nobody will be told these names, so they must not stay.
    for (const name of result.uploaded) await unlink(join(options.directory, name)).catch(() => undefined)
    throw error
  }
}
