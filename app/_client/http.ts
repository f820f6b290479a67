/**
 * @file The only place that calls `fetch`: same-origin requests whose answers are parsed with the contracts' schemas.
 * Knows nothing of React or of the cache.
 */

import * as z from 'zod'
import { errorBodySchema } from '#contracts/errors'
import { ApiError } from './api-error.ts'

// The page's security policy forbids eval; without this zod probes for it and every page load reports a violation.
z.config({ jitless: true })

interface RequestOptions {
  signal?: AbortSignal
}

/** `GET` as JSON. @throws ApiError */
export const getJson = <T extends z.ZodType>(url: string, schema: T, options: RequestOptions = {}) =>
  request(url, schema, { signal: options.signal })

/** `POST` a JSON body. @throws ApiError */
export const postJson = <T extends z.ZodType>(url: string, body: unknown, schema: T, options: RequestOptions = {}) =>
  request(url, schema, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: options.signal,
  })

async function request<T extends z.ZodType>(url: string, schema: T, init: RequestInit): Promise<z.infer<T>> {
  const response = await fetch(url, { ...init, credentials: 'same-origin' }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'No connection')
  })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) {
    const failure = errorBodySchema.safeParse(body)
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
    throw new ApiError(
      response.status,
      failure.success ? failure.data.detail : `The pod answered with status ${response.status}`,
      Number.isFinite(retryAfter) ? retryAfter : null,
    )
  }
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new ApiError(response.status, `Unexpected answer from ${url.split('?')[0]}`)
  return parsed.data
}
