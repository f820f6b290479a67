/** @file The `Content-Disposition` header for any file name (RFC 6266). */

/** Quotes, line ends and everything beyond ASCII cannot break out: they are replaced, or travel percent-encoded. */
export function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const header = `${kind}; filename="${plain}"`
  if (plain === name) return header
  // Through bytes, because half a surrogate pair cannot be encoded.
  const encoded = encodeURIComponent(Buffer.from(name).toString()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${header}; filename*=UTF-8''${encoded}`
}
