/**
 * @file The one rule for relative paths that come from outside: judged per segment, before any file system is touched.
 * What a path points at (links, directories) is judged by `platform/files`.
 */

/** Longest segment in UTF-8 bytes that the file systems we run on accept. */
export const maxSegmentBytes = 255
/** Deepest path, in segments. */
export const maxSegments = 16

/**
 * Splits a relative path into its segments.
 * @returns the segments, or null when the path is not acceptable: empty, absolute, an empty, `.` or `..` segment,
 * a backslash, a control character, a segment over {@link maxSegmentBytes} or more than {@link maxSegments} segments.
 * One trailing slash is allowed (`job/` is `job`).
 */
export function parseRelativePath(path: string): string[] | null {
  const trimmed = path.endsWith('/') && path.length > 1 ? path.slice(0, -1) : path
  if (trimmed === '' || /[\u0000-\u001f\u007f\\]/.test(trimmed)) return null
  const segments = trimmed.split('/')
  if (segments.length > maxSegments) return null
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..') return null
    if (new TextEncoder().encode(segment).length > maxSegmentBytes) return null
  }
  return segments
}
