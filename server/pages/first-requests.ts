/** @file Which first requests of a page the browser may begin with, as a `Link` header (RFC 8288) of the document. */
import { firstRequests } from '#contracts/first-requests'

/** What filters a listing asks another address; this alone does not. */
const unfiltered = /^\/(jobs|files)(\?file=[^&]*)?$/

/**
 * @param url - of the request for a document, with its query
 * @returns the header; null for the login page, whose visitor may ask for nothing yet
 */
export function linkFirstRequests(url: string): string | null {
  const { system, liveJobs, outputs } = firstRequests
  if (/^\/login\b/.test(url)) return null
  const asked = unfiltered.test(url) ? [system, liveJobs, outputs] : [system, liveJobs]
  return asked.map((address) => `<${address}>; rel=preload; as=fetch; crossorigin`).join(', ')
}
