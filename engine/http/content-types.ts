/**
 * @file Media types by extension, and the ones that a browser would run: those are only ever sent as a download.
 */
import { extname } from 'node:path'

const types: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.bmp': 'image/bmp',
  '.avif': 'image/avif',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.svg': 'image/svg+xml',
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
  '.avi': 'video/x-msvideo',
  '.mkv': 'video/x-matroska',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.flac': 'audio/flac',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.m4a': 'audio/mp4',
  '.json': 'application/json',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.xhtml': 'application/xhtml+xml',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.xml': 'text/xml',
  '.xsl': 'text/xml',
  '.eml': 'message/rfc822',
  '.mht': 'message/rfc822',
  '.mhtml': 'message/rfc822',
  '.pdf': 'application/pdf',
  '.glb': 'model/gltf-binary',
  '.gltf': 'model/gltf+json',
  '.obj': 'model/obj',
  '.stl': 'model/stl',
}

const activeTypes: ReadonlySet<string> = new Set([
  'text/html',
  'text/html-sandboxed',
  'application/xhtml+xml',
  'text/javascript',
  'application/javascript',
  'application/x-javascript',
  'application/ecmascript',
  'text/css',
  'image/svg+xml',
  'application/xml',
  'text/xml',
  'message/rfc822',
])

export const unknownType = 'application/octet-stream'

/** By the extension of a name, in any case. */
export function contentTypeOf(name: string): string {
  const extension = extname(name).toLowerCase()
  return Object.hasOwn(types, extension) ? types[extension]! : unknownType
}

/** True for types with script or style in them; parameters and case are ignored. */
export function isActiveType(type: string): boolean {
  const bare = type.split(';')[0]!.trim().toLowerCase()
  return activeTypes.has(bare) || bare.endsWith('/xml') || bare.endsWith('+xml')
}

/**
 * A Content-Disposition that no file name can break out of.
 * @param kind - null writes the bare `filename=` form of ComfyUI's `/view`
 */
export function contentDisposition(kind: 'attachment' | 'inline' | null, name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&')
  const plain = `${kind === null ? '' : `${kind}; `}filename="${ascii}"`
  if (/^[\x20-\x7e]*$/.test(name)) return plain
  const encoded = encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${plain}; filename*=UTF-8''${encoded}`
}
