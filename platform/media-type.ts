/**
 * @file Media types by content (first bytes), and the one list of types that may be shown inline.
 * Names and declared types are never believed.
 */
import type { MediaKind } from '#contracts/media'

export interface SniffedType {
  /** MIME type */
  type: string
  kind: MediaKind
  /** The extension the studio stores, with dot. */
  extension: string
}

/** How many bytes {@link sniffMediaType} wants to see. */
export const sniffLength = 64

/** The media type of a file by its first bytes, or null when it is none that the studio shows. */
export function sniffMediaType(head: Uint8Array): SniffedType | null {
  const text = (start: number, end: number) => String.fromCharCode(...head.subarray(start, end))
  if (head.length >= 8 && head[0] === 0x89 && text(1, 4) === 'PNG' && head[4] === 0x0d && head[5] === 0x0a) return png
  if (head.length >= 3 && head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return jpeg
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return gif
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return webp
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'AVI ') return avi
  if (text(0, 2) === 'BM' && head.length >= 14) return bmp
  if (head.length >= 4 && head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3) return webm
  if (text(4, 8) === 'ftyp') {
    const brand = text(8, 12)
    if (brand === 'avif' || brand === 'avis') return avif
    if (brand === 'qt  ') return mov
    if (/^(isom|iso[2-9]|mp4[12]|avc1|dash|M4V |M4VH|MSNV|mmp4|f4v )/.test(brand)) return mp4
    return null
  }
  return null
}

const png: SniffedType = { type: 'image/png', kind: 'image', extension: '.png' }
const jpeg: SniffedType = { type: 'image/jpeg', kind: 'image', extension: '.jpg' }
const gif: SniffedType = { type: 'image/gif', kind: 'image', extension: '.gif' }
const webp: SniffedType = { type: 'image/webp', kind: 'image', extension: '.webp' }
const bmp: SniffedType = { type: 'image/bmp', kind: 'image', extension: '.bmp' }
const avif: SniffedType = { type: 'image/avif', kind: 'image', extension: '.avif' }
const mp4: SniffedType = { type: 'video/mp4', kind: 'video', extension: '.mp4' }
const mov: SniffedType = { type: 'video/quicktime', kind: 'video', extension: '.mov' }
const webm: SniffedType = { type: 'video/webm', kind: 'video', extension: '.webm' }
const avi: SniffedType = { type: 'video/x-msvideo', kind: 'video', extension: '.avi' }

/** Types served inline; everything else is `application/octet-stream`, attachment, `nosniff`. */
export const inlineTypes: ReadonlySet<string> = new Set(
  [png, jpeg, webp, gif, bmp, avif, mp4, webm, mov].map((t) => t.type),
)
