/**
 * @file Which upgrade requests become a WebSocket: known paths, judged like any other request before the 101. Everything
 * else is answered and closed.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type AccessRules, judgeAccess } from '../http/access.ts'

export interface UpgradeOptions {
  access: AccessRules
  /** Path → who takes the socket. */
  paths: Record<string, (socket: WebSocket, query: URLSearchParams) => void>
  /** Open sockets beyond which a connection is refused. @default 512 */
  maxSockets?: number
}

/** Longest message a client may send, bytes. Clients have nothing to say but feature flags. */
const maxPayload = 1024 * 1024

/** @returns what takes the upgrade requests of a server, and what closes all sockets */
export function serveUpgrades(options: UpgradeOptions): { serve: (server: Server) => void; close: () => void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false, clientTracking: true })

  const take = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    // Not parsed as a URL: `//` is none, and a target in absolute form names some other server.
    const [path = '', ...rest] = (request.url ?? '').split('?')
    const query = new URLSearchParams(rest.join('?'))
    const receive = Object.hasOwn(options.paths, path) ? options.paths[path]! : null
    if (!receive) return refuse(socket, '404 Not Found')
    const refused = judgeAccess(withQueryKey(request, query), options.access)
    if (refused !== null) return refuse(socket, refused === 401 ? '401 Unauthorized' : '403 Forbidden')
    if (sockets.clients.size >= (options.maxSockets ?? 512)) return refuse(socket, '503 Service Unavailable')
    sockets.handleUpgrade(request, socket, head, (webSocket) => receive(webSocket, query))
  }

  return {
    serve: (server) => void server.on('upgrade', take),
    close: () => {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    },
  }
}

/** Browsers cannot set headers on a WebSocket; ComfyUI's hosted form puts the key in `?token=`. */
function withQueryKey(request: IncomingMessage, query: URLSearchParams): IncomingMessage {
  const token = query.get('token')
  if (token && request.headers['x-api-key'] === undefined && request.headers.authorization === undefined) {
    request.headers['x-api-key'] = token
  }
  return request
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
