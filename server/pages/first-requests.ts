/** @file Which first requests of a page the browser may begin with, as a `Link` header (RFC 8288) of the document. */
import { firstRequests } from '#contracts/first-requests'

/** What filters a listing asks another address; this alone does not. */
const unfiltered = /^\/(jobs|files)(\?file=[^&]*)?$/

/** @param url - of the request for a document, with its query */
export function linkFirstRequests(url: string): string {
  const { system, liveJobs, outputs } = firstRequests
  const asked = unfiltered.test(url) ? [system, liveJobs, outputs] : [system, liveJobs]
  return asked.map((address) => `<${address}>; rel=preload; as=fetch; crossorigin`).join(', ')
}
