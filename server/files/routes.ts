/**
 * @file `GET /files/{inputs|outputs}/{path}`, `GET /files/trash/{id}/{name}[/{path}]`: the bytes of an asset. What a file is, is
 * decided by its content; only types that cannot run anything in a page are shown inline.
 */
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { AssetType } from '#contracts/assets'
import { openBeneath, readSmallBeneath, type SmallFile } from '#platform/files/open-beneath'
import { inlineTypes, sniffLength, sniffMediaType } from '#platform/media-type'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { parseByteRange } from './byte-range.ts'
import { isNotModified, rangeApplies } from './conditional.ts'
import { contentDisposition } from './content-disposition.ts'
import { modifiedOfNanoseconds } from './modified.ts'
import { answerBytes, answerRaw } from './raw-answer.ts'
import { requireStoredFile, type TrashedFiles } from './stored-file.ts'

export interface FileRoutesDeps {
  /** Absolute paths. */
  roots: Record<AssetType, string>
  /** Without it nothing in the trash is shown. */
  trash?: TrashedFiles
}

/** Files up to this size are read in one go. */
const smallBytes = 64 * 1024
/** A disk that usually needs longer for a small file is not asked synchronously for a while. */
const slowMilliseconds = 2
const patienceMilliseconds = 30_000

/** Registered under `/api/admin`. */
export function fileRoutes({ roots, trash }: FileRoutesDeps): FastifyPluginAsync {
  const readSmall = createSmallReader()
  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().get(
      '/files/:asset_type/*',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'The bytes of a file',
          description:
            'With `Range`, `ETag`, `Last-Modified`. Images and videos by content are inline, all else is a download. ' +
            'With `?v=` (the `modified` of the listing) the answer may be kept for good.',
          params: z.object({ asset_type: z.string(), '*': z.string() }),
          querystring: z.object({ v: z.string().max(100).optional() }),
        },
      },
      async (request, reply) => {
        const { root, segments, name } = requireStoredFile(
          { roots, trash },
          request.params.asset_type,
          request.params['*'],
        )
        const small = readSmall(root, segments)
        if (small && small !== 'large') return answerFile(request, reply, name, small, request.query.v)
        const opened = small === null ? null : await openBeneath(root, segments)
        if (!opened) throw new StudioError('not_found', 'File not found')
        try {
          await answerFile(request, reply, name, opened, request.query.v)
        } finally {
          await opened.handle.close()
        }
      },
    )
  }
}

/** A file that is open, or one that was small enough to be read at once. */
type Source = { stats: BigIntStats; bytes: Buffer } | { stats: BigIntStats; handle: FileHandle }

/**
 * Reads small files synchronously while the disk answers at once; says `large` for all others, and for all files for a
 * while after the disk took its time (a network volume), so that it does not hold the event loop.
 */
function createSmallReader(): (root: string, segments: readonly string[]) => SmallFile | null {
  let patientUntil = 0
  let usual = 0
  return (root, segments) => {
    const began = performance.now()
    if (began < patientUntil) return 'large'
    const answer = readSmallBeneath(root, segments, smallBytes)
    const ended = performance.now()
    // An average: a busy machine may pause this thread now and then, a slow disk is slow again and again.
    usual += (ended - began - usual) / 8
    if (usual > slowMilliseconds) {
      patientUntil = ended + patienceMilliseconds
      usual = 0
    }
    return answer
  }
}

async function answerFile(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  source: Source,
  version: string | undefined,
): Promise<void> {
  const { stats } = source
  const size = Number(stats.size)
  const modified = Number(stats.mtimeNs) / 1e6
  const validators = { etag: `"${size.toString(16)}-${stats.mtimeNs.toString(16)}"`, modified }
  const isThisVersion = version !== undefined && version === String(modifiedOfNanoseconds(stats.mtimeNs))
  const cached = isThisVersion ? 'private, max-age=31536000, immutable' : 'private, no-cache'
  const validating = {
    etag: validators.etag,
    'last-modified': new Date(Math.floor(modified / 1000) * 1000).toUTCString(),
    'cache-control': cached,
  }
  if (isNotModified(request.headers, validators)) {
    return answerBytes(request, reply, { status: 304, headers: validating, body: null })
  }
  const asked =
    request.method === 'GET' && rangeApplies(request.headers, validators)
      ? parseByteRange(request.headers.range, size)
      : null
  if (asked === 'unsatisfiable') {
    const headers = { ...validating, 'content-range': `bytes */${size}` }
    return answerBytes(request, reply, { status: 416, headers, body: Buffer.alloc(0) })
  }
  const start = 'bytes' in source ? source.bytes : await readStart(source.handle, size)
  const headers = {
    ...validating,
    ...typeHeaders(start, name),
    'accept-ranges': 'bytes',
    ...(asked && { 'content-range': `bytes ${asked.start}-${asked.end - 1}/${size}` }),
  }
  const range = asked ?? { start: 0, end: size }
  const status = asked ? 206 : 200
  if ('bytes' in source) {
    return answerBytes(request, reply, { status, headers, body: source.bytes.subarray(range.start, range.end) })
  }
  const { handle } = source
  await answerRaw(request, reply, {
    status,
    headers,
    length: range.end - range.start,
    send: (writer) => writer.copy(handle, range.start, range.end - range.start),
  })
}

/** Enough of a file to tell its type. */
async function readStart(handle: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(size, sniffLength))
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  return buffer.subarray(0, bytesRead)
}

/** Type, disposition, and what keeps a browser from seeing something else in the bytes. */
function typeHeaders(start: Buffer, name: string): Record<string, string> {
  const type = sniffMediaType(start.subarray(0, sniffLength))?.type
  const isInline = type !== undefined && inlineTypes.has(type)
  return {
    'content-type': isInline ? type : 'application/octet-stream',
    'content-disposition': contentDisposition(isInline ? 'inline' : 'attachment', name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
  }
}
