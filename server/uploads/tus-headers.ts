/** @file The headers of tus 1.0.0, parsed at the edge: version, lengths, metadata, checksum. */
import type { IncomingHttpHeaders } from 'node:http'
import { byteCountSchema, tusVersion, type UploadMetadata, uploadMetadataSchema } from '#contracts/uploads'
import { StudioError } from '../http/errors.ts'
import type { Checksum } from './append-bytes.ts'

export const checksumAlgorithms = ['sha1', 'sha256']
const partType = 'application/offset+octet-stream'

/** @throws StudioError `precondition_failed` for another version of the protocol */
export function requireTus(headers: IncomingHttpHeaders): void {
  if (headers['tus-resumable'] === tusVersion) return
  throw new StudioError('precondition_failed', `Send "Tus-Resumable: ${tusVersion}"`)
}

/** @throws StudioError `unsupported_media_type` */
export function requirePartType(headers: IncomingHttpHeaders): void {
  if (headers['content-type']?.toLowerCase() === partType) return
  throw new StudioError('unsupported_media_type', `Send the bytes as ${partType}`)
}

/**
 * @param name - lower case
 * @throws StudioError `invalid_request` when it is missing or no plain number
 */
export function requireByteCount(headers: IncomingHttpHeaders, name: 'upload-length' | 'upload-offset'): number {
  const parsed = byteCountSchema.safeParse(headers[name])
  if (parsed.success) return parsed.data
  throw new StudioError('invalid_request', `The header ${name} is missing or no number of bytes`)
}

/** `Upload-Metadata`: comma list of `key base64`. @throws StudioError `invalid_request` */
export function parseMetadata(headers: IncomingHttpHeaders): UploadMetadata {
  const header = String(headers['upload-metadata'] ?? '')
  const pairs = header
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [key = '', value = ''] = pair.split(/ +/, 2)
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value))
        throw new StudioError('invalid_request', 'Upload-Metadata is no base64')
      return [key, Buffer.from(value, 'base64').toString('utf8')] as const
    })
  const parsed = uploadMetadataSchema.safeParse(Object.fromEntries(pairs))
  if (parsed.success) return parsed.data
  throw new StudioError('invalid_request', 'Upload-Metadata: filename or modified is not acceptable')
}

/** `Upload-Checksum`: `algorithm base64`, or null without one. @throws StudioError `invalid_request` */
export function parseChecksum(headers: IncomingHttpHeaders): Checksum | null {
  const header = headers['upload-checksum']
  if (header === undefined) return null
  const [algorithm = '', digest = ''] = String(header).split(' ', 2)
  if (!checksumAlgorithms.includes(algorithm)) {
    throw new StudioError('invalid_request', `Upload-Checksum takes ${checksumAlgorithms.join(' or ')}`)
  }
  return { algorithm, digest: Buffer.from(digest, 'base64') }
}
