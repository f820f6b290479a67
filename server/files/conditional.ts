/** @file Conditional requests (RFC 9110 section 13) for one file: validators, 304, and whether a range still applies. */
import type { IncomingHttpHeaders } from 'node:http'

/** What tells one version of a file from another. */
export interface Validators {
  /** Strong. */
  etag: string
  /** Milliseconds since 1970; HTTP sees whole seconds. */
  modified: number
}

/** Whether the client has this very version, so that 304 is the answer. */
export function isNotModified(headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined) {
    return tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  }
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return Number.isFinite(since) && Math.floor(modified / 1000) * 1000 <= since
}

/** Whether `If-None-Match` names this validator. Weak comparison, as the header asks for. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.trim() === '*' || header.split(',').some((tag) => bare(tag) === bare(etag))
}

/** Whether a `Range` may be answered in part. A date is only believed when it is exactly the file's. */
export function rangeApplies(headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const condition = headers['if-range']
  if (typeof condition !== 'string') return true
  if (condition.startsWith('"') || condition.startsWith('W/')) return condition === etag
  return Date.parse(condition) === Math.floor(modified / 1000) * 1000
}
