/**
 * @file The only place that calls `fetch`: same-origin requests and their answers as the contracts' types. The answers are not
 * checked again here: the server that wrote them is of this very build and serializes them through the contracts' schemas.
 * Knows nothing of React or of the cache.
 */
import type { ErrorBody } from '#contracts/errors'
import { ApiError } from './api-error.ts'

interface RequestOptions {
  signal?: AbortSignal
}

/** `GET` as JSON. @throws ApiError */
export const getJson = <T>(url: string, options: RequestOptions = {}) => request<T>(url, { signal: options.signal })

/** `POST` a JSON body. @throws ApiError */
export const postJson = <T>(url: string, body: unknown, options: RequestOptions = {}) =>
  request<T>(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: options.signal,
  })

/** `POST` the bytes of a file. @throws ApiError */
export const postFile = <T>(url: string, file: Blob, options: RequestOptions = {}) =>
  request<T>(url, {
    method: 'POST',
    body: file,
    headers: { 'content-type': 'application/octet-stream' },
    signal: options.signal,
  })

async function request<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, credentials: 'same-origin' }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'No connection')
  })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) {
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
    throw new ApiError(
      response.status,
      detailOf(body) ?? `The pod answered with status ${response.status}`,
      Number.isFinite(retryAfter) ? retryAfter : null,
    )
  }
  // A proxy in between may answer a page of its own with status 200.
  if (body === null) throw new ApiError(response.status, `Unexpected answer from ${url.split('?')[0]}`)
  return body as T
}

/** The sentence of a failed answer; null when something else than the studio answered. */
export function detailOf(body: unknown): string | null {
  const detail = (body as Partial<ErrorBody> | null)?.detail
  return typeof detail === 'string' ? detail : null
}
