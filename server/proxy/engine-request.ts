/** @file Sends a caller's request on to the engine and gives back the engine's answer, unread. */
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { StudioError } from '../http/errors.ts'
import type { EngineAddress } from './engine-target.ts'
import { headersForEngine } from './forwarded-headers.ts'

/** Milliseconds to wait for a connection; an answer may take as long as it takes. */
const connectTimeout = 10_000

export interface EngineRequests {
  /**
   * Streams a request to the engine.
   * @param response - of the caller: when it closes early, the engine's work is broken off
   * @param path - at the engine, with the query
   * @returns the engine's answer, headers read, body not
   * @throws StudioError `engine_unavailable` when no answer came
   */
  send(
    request: IncomingMessage,
    response: ServerResponse,
    address: EngineAddress,
    path: string,
  ): Promise<IncomingMessage>
  close(): void
}

export function createEngineRequests(): EngineRequests {
  const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }

  function attempt(
    request: IncomingMessage,
    response: ServerResponse,
    address: EngineAddress,
    path: string,
    mayRetry: boolean,
  ): Promise<IncomingMessage> {
    const { protocol, host, hostname, port } = new URL(address.url)
    const secure = protocol === 'https:'
    return new Promise((resolve, reject) => {
      const upstream = (secure ? httpsRequest : httpRequest)({
        agent: agents[secure ? 'https:' : 'http:'],
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        path,
        method: request.method,
        headers: headersForEngine(request.headers, { host, apiKey: address.apiKey }),
      })
      const giveUp = () => upstream.destroy()
      response.once('close', giveUp)
      upstream.once('socket', (socket) => {
        if (!socket.connecting) return
        const timer = setTimeout(() => upstream.destroy(new Error('connecting took too long')), connectTimeout)
        socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
      })
      upstream.once('response', (answer) => {
        // From here on the pipeline to the caller ends the engine's side when the caller goes.
        response.off('close', giveUp)
        if (response.destroyed) answer.destroy()
        resolve(answer)
      })
      upstream.once('error', (error) => {
        response.off('close', giveUp)
        request.unpipe(upstream)
        // A kept connection the engine had just closed: nothing was lost if there was no body to lose.
        if (mayRetry && upstream.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
          resolve(attempt(request, response, address, path, false))
          return
        }
        reject(new StudioError('engine_unavailable', 'The engine does not answer', { cause: error }))
      })
      if (hasBody(request)) request.pipe(upstream)
      else upstream.end()
    })
  }

  return {
    send: (request, response, address, path) =>
      attempt(request, response, address, path, !hasBody(request) && isIdempotent(request.method!)),
    close() {
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function isIdempotent(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}
