/**
 * @file The one door for WebSockets: judges an upgrade before the 101 and then joins the two sockets. Frames are not
 * looked at: sizes, pings and slow readers are the engine's business, and back-pressure reaches it through the pipe.
 */
import { request as httpRequest, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { OriginPolicy } from '../auth/origin-policy.ts'
import type { Authenticator, Caller } from '../http/access.ts'
import { judge } from '../http/edge.ts'
import { errorBody, statusOf } from '../http/errors.ts'
import { toStudioError } from '../http/failure.ts'
import type { EngineTarget } from './engine-target.ts'
import { headersForEngine } from './forwarded-headers.ts'

const socketPaths: ReadonlySet<string> = new Set(['/ws', '/api/ws', '/engine/ws', '/engine/api/ws'])
const maxSockets = 64
const maxSocketsPerSession = 8

export interface SocketProxyDeps {
  authenticator: Authenticator
  policy: Pick<OriginPolicy, 'allowsHost' | 'refuseForeignSocket'>
  target: EngineTarget
  /** Takes the upgrades of a development server's own sockets; true when it did. */
  otherUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
}

export interface SocketProxy {
  /** Cuts the sockets of a session that ended. */
  endSession(sessionHash: string): void
  /** Cuts all of them. */
  close(): void
}

/** Takes over every upgrade of the server: those it does not know are refused. */
export function attachSocketProxy(server: Server, deps: SocketProxyDeps): SocketProxy {
  const open = new Map<Duplex, Caller>()

  server.on('upgrade', (request, socket, head) => {
    // Without a listener a reset of the peer would end the process.
    socket.on('error', () => socket.destroy())
    try {
      if (deps.otherUpgrade?.(request, socket, head)) return
      const caller = admit(request, socket)
      if (caller) join(request, socket, head, caller)
    } catch (error) {
      const failure = toStudioError(error)
      refuse(socket, statusOf[failure.code], failure.message, failure.retryAfter)
    }
  })

  /** The caller to let in; null when the upgrade was refused and answered. */
  function admit(request: IncomingMessage, socket: Duplex): Caller | null {
    const refusal = judge(request, deps.policy.allowsHost)
    if (refusal) {
      refuse(socket, refusal.status, refusal.detail)
      return null
    }
    const path = request.url!.split('?', 1)[0]!
    if (!socketPaths.has(path) || request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
      socket.destroy()
      return null
    }
    const caller = deps.authenticator.authenticate(request, { allowQueryToken: true })
    if (!caller) {
      refuse(socket, 401, 'Not authenticated')
      return null
    }
    deps.policy.refuseForeignSocket(request, caller.kind)
    if (open.size >= maxSockets || socketsOf(caller) >= maxSocketsPerSession) {
      refuse(socket, 429, 'Too many connections are open', 5)
      return null
    }
    return caller
  }

  /** Scripts all share the key; only browsers are counted one by one. */
  function socketsOf(caller: Caller): number {
    if (caller.kind === 'key') return 0
    let count = 0
    for (const other of open.values()) {
      if (other.kind === 'session' && other.sessionHash === caller.sessionHash) count++
    }
    return count
  }

  function join(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void {
    const address = deps.target.address()
    if (!address) {
      refuse(socket, 503, deps.target.whyNot(), 2)
      return
    }
    open.set(socket, caller)
    const { protocol, host, hostname, port } = new URL(address.url)
    const upstream = (protocol === 'https:' ? httpsRequest : httpRequest)({
      // A connection of its own: it will not be an HTTP connection afterwards.
      agent: false,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      path: socketPath(request.url!),
      headers: {
        ...headersForEngine(request.headers, { host, apiKey: address.apiKey }),
        connection: 'Upgrade',
        upgrade: 'websocket',
      },
    })
    socket.once('close', () => {
      open.delete(socket)
      upstream.destroy()
    })
    upstream.once('upgrade', (answer, engineSocket, engineHead) => {
      engineSocket.on('error', () => engineSocket.destroy())
      socket.once('close', () => engineSocket.destroy())
      engineSocket.once('close', () => socket.destroy())
      if (socket.destroyed) {
        engineSocket.destroy()
        return
      }
      for (const end of [socket, engineSocket] as Socket[]) {
        end.setTimeout(0)
        end.setNoDelay(true)
        end.setKeepAlive(true, 60_000)
      }
      socket.write(switchingHead(answer))
      if (engineHead.length > 0) socket.write(engineHead)
      if (head.length > 0) engineSocket.write(head)
      engineSocket.pipe(socket).pipe(engineSocket)
    })
    upstream.once('response', (answer) => {
      answer.resume()
      refuse(socket, answer.statusCode ?? 502, 'The engine refused the connection')
    })
    upstream.once('error', () => refuse(socket, 503, 'The engine does not answer', 2))
    upstream.end()
  }

  return {
    endSession(sessionHash) {
      for (const [socket, caller] of open) {
        if (caller.kind === 'session' && caller.sessionHash === sessionHash) socket.destroy()
      }
    },
    close() {
      for (const socket of open.keys()) socket.destroy()
    },
  }
}

/** The engine's path; the token, which was the studio's to read, stays here. */
function socketPath(target: string): string {
  const query = new URL(target, 'http://studio').searchParams
  query.delete('token')
  const text = query.toString()
  return text === '' ? '/ws' : `/ws?${text}`
}

const handshakeHeaders = ['sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions'] as const

function switchingHead({ headers }: IncomingMessage): string {
  const lines = handshakeHeaders.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]))
  return ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', ...lines, '', ''].join(
    '\r\n',
  )
}

function refuse(socket: Duplex, status: number, detail: string, retryAfter?: number): void {
  if (socket.destroyed || !socket.writable) return
  const body = JSON.stringify(errorBody(detail))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    'Connection: close',
    '',
    body,
  ]
  socket.end(head.join('\r\n'), () => socket.destroy())
}
