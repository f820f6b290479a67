/**
 * @file Sends an opened file: length, ETag, Last-Modified, one byte range, conditional answers. Bytes are streamed from
 * the descriptor that was judged, which is closed when the answer ends.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenedFile } from '#platform/files/open-beneath'

/** @param headers - type, disposition and whatever else the route says */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: OpenedFile,
  headers: Record<string, string>,
): Promise<FastifyReply> {
  const size = Number(file.stats.size)
  const modified = new Date(Number(file.stats.mtimeMs))
  const etag = `"${file.stats.mtimeNs.toString(16)}-${size.toString(16)}"`
  reply.headers({ ...headers, ETag: etag, 'Last-Modified': modified.toUTCString(), 'Accept-Ranges': 'bytes' })

  if (isUnchanged(request, etag, modified)) {
    await file.handle.close()
    return reply.code(304).send()
  }

  const range = requestedRange(request, size, etag, modified)
  if (range === 'unsatisfiable') {
    await file.handle.close()
    return reply.code(416).header('Content-Range', `bytes */${size}`).send()
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  if (range) reply.code(206).header('Content-Range', `bytes ${start}-${end}/${size}`)
  reply.header('Content-Length', String(end - start + 1))
  if (request.method === 'HEAD' || size === 0) {
    await file.handle.close()
    return reply.send()
  }
  return reply.send(file.handle.createReadStream({ start, end, highWaterMark: 256 * 1024 }))
}

function isUnchanged(request: FastifyRequest, etag: string, modified: Date): boolean {
  const match = request.headers['if-none-match']
  if (match !== undefined) {
    return match === '*' || match.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  }
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  return !Number.isNaN(since) && Math.floor(modified.getTime() / 1000) <= since / 1000
}

/** The range to send; null for the whole file, also for several ranges and for forms that are not understood. */
function requestedRange(
  request: FastifyRequest,
  size: number,
  etag: string,
  modified: Date,
): { start: number; end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const condition = request.headers['if-range']
  if (typeof condition === 'string' && condition !== etag && condition !== modified.toUTCString()) return null
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(match[1])
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  if (start >= size) return 'unsatisfiable'
  return end < start ? null : { start, end }
}
