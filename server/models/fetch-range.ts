/** @file One request for a file from some byte on, over the addresses a policy allows, redirects judged one by one. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { StudioError } from '../http/errors.ts'
import type { SourcePolicy } from './allowed-source.ts'

export interface RangeAnswer {
  body: IncomingMessage
  /** Where the body begins: the asked byte, or 0 when the server does not do ranges (or has another file now). */
  start: number
  /** Bytes of the whole file, or null when it is not told. */
  total: number | null
  /** What tells the same file next time, for `If-Range`. */
  validator: string | null
}

const maxRedirects = 5
/** Milliseconds without a byte after which a connection is given up. */
const silence = 30_000

/** A failure that trying again does not heal. */
export class FinalError extends StudioError {}

/**
 * @param offset - first byte wanted
 * @param validator - of the answer the earlier bytes came from
 * @throws FinalError when the address is not allowed or the server refuses; other errors are worth another try
 */
export async function fetchRange(
  address: string,
  options: { policy: SourcePolicy; offset: number; validator: string | null; signal: AbortSignal },
): Promise<RangeAnswer> {
  const { policy, offset, validator, signal } = options
  let url = parseAddress(address)
  const origin = url.hostname.toLowerCase()
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const reason = policy.refuse(url, hop === 0 ? undefined : origin)
    if (reason)
      throw new FinalError(
        'forbidden',
        hop === 0 ? `Not from there: ${reason}` : `It sends on to another place: ${reason}`,
      )
    const answer = await ask(
      url,
      policy,
      offset > 0 ? { range: `bytes=${offset}-`, ...(validator && { 'if-range': validator }) } : {},
      signal,
    )
    const status = answer.statusCode ?? 0
    if (status >= 300 && status < 400 && answer.headers.location) {
      answer.resume()
      url = parseAddress(answer.headers.location, url)
      continue
    }
    return judgeAnswer(answer, status, offset)
  }
  throw new FinalError('invalid_request', 'The address sends on too often')
}

function parseAddress(text: string, base?: URL): URL {
  try {
    return new URL(text, base)
  } catch {
    throw new FinalError('invalid_request', 'That is not an address')
  }
}

function ask(
  url: URL,
  policy: SourcePolicy,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        headers: { 'user-agent': 'pod-studio', 'accept-encoding': 'identity', ...headers },
        lookup: policy.lookup,
        signal,
        agent: false,
      },
      resolve,
    )
    request.setTimeout(silence, () => request.destroy(new Error('the server fell silent')))
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EPRIVATE' ? new FinalError('forbidden', `Not from there: ${error.message}`) : error),
    )
    request.end()
  })
}

function judgeAnswer(answer: IncomingMessage, status: number, offset: number): RangeAnswer {
  const length = numberOf(answer.headers['content-length'])
  const etag = answer.headers.etag
  const validator = (etag && !etag.startsWith('W/') ? etag : undefined) ?? answer.headers['last-modified'] ?? null
  if (status === 200) return { body: answer, start: 0, total: length, validator }
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers['content-range'] ?? '')
    if (range && Number(range[1]) === offset) {
      return { body: answer, start: offset, total: range[2] === '*' ? null : Number(range[2]), validator }
    }
  }
  answer.resume()
  if (status === 401 || status === 403) {
    throw new FinalError('forbidden', 'The host wants a login for this file: download it yourself and upload it here')
  }
  if (status === 404 || status === 410) throw new FinalError('not_found', 'There is no file at this address')
  if (status >= 400 && status < 500 && status !== 408 && status !== 416 && status !== 429) {
    throw new FinalError('invalid_request', `The host answered ${status}`)
  }
  throw new Error(`the host answered ${status}`)
}

const numberOf = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : null)
