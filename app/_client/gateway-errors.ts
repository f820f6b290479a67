/**
 * @file What a proxy says in place of the pod (502, 503, 504) counts, for the parts of pages, as no answer at all. The router
 * then waits for the line and opens the page when it is back; of an answer it does not know it makes the browser leave the
 * page, and with it the uploads, for what the proxy has to say.
 */

/** Next's header of requests for the parts of a page. */
const partsOfPage = 'rsc'
const gatewayErrors: ReadonlySet<number> = new Set([502, 503, 504])

/** @returns a `fetch` that rejects with a TypeError, as for a broken line, where a proxy answers for a page */
export function withoutGatewayErrors(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const answer = await fetch(input, init)
    if (gatewayErrors.has(answer.status) && new Headers(init?.headers).has(partsOfPage)) {
      throw new TypeError(`The pod could not be reached: ${answer.status}`)
    }
    return answer
  }
}
