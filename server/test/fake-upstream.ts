/** @file A small HTTP and WebSocket server in the engine's place: says what reached it, streams both ways. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'

export interface FakeUpstream {
  url: string
  server: Server
  /** Requests and upgrades as they arrived. */
  seen: { method: string; url: string; headers: IncomingHttpHeaders }[]
  /** How many answers were broken off by the other side. */
  brokenOff: number
  /** Breaks all connections, and new ones at once, as if its process were dead; its port stays its own. */
  die(): void
  revive(): void
  close(): Promise<void>
}

const block = Buffer.alloc(65_536, 'studio ')

export async function startFakeUpstream(): Promise<FakeUpstream> {
  const seen: FakeUpstream['seen'] = []
  const state = { brokenOff: 0, isDead: false }
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://upstream')
    // The studio's own question whether the engine is there.
    if (request.url !== '/prompt') seen.push({ method: request.method!, url: request.url!, headers: request.headers })
    response.on('close', () => {
      if (!response.writableFinished) state.brokenOff++
    })
    if (url.pathname.endsWith('/big')) {
      // Exactly as many bytes as asked for, without a length of its own unless wanted.
      const bytes = Number(url.searchParams.get('bytes'))
      if (url.searchParams.has('length')) response.setHeader('Content-Length', bytes)
      await pipeline(blocks(bytes), response).catch(() => undefined)
    } else if (url.pathname.endsWith('/hash')) {
      const hash = createHash('sha256')
      let bytes = 0
      for await (const chunk of request) {
        hash.update(chunk as Buffer)
        bytes += (chunk as Buffer).length
      }
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }))
    } else if (url.pathname.endsWith('/refuse')) {
      response.writeHead(413, { 'Content-Type': 'application/json', Connection: 'close' })
      response.end('{"error":"too big"}')
    } else if (url.pathname.endsWith('/hang')) {
      // Never answers.
    } else {
      response.writeHead(200, {
        'Content-Type': 'text/html',
        'Set-Cookie': 'from=engine',
        'Access-Control-Allow-Origin': '*',
        'Content-Security-Policy': "script-src 'unsafe-inline'",
        'X-From-Engine': 'yes',
      })
      response.end('<script>alert(1)</script>')
    }
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 })
  server.on('upgrade', (request, socket, head) => {
    // The studio's own feed: this engine has none.
    if (request.url === '/internal/studio/feed') return void socket.destroy()
    seen.push({ method: 'UPGRADE', url: request.url!, headers: request.headers })
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.send('hello')
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }))
    })
  })
  server.on('connection', (socket) => {
    if (state.isDead) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cutAll = () => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    seen,
    get brokenOff() {
      return state.brokenOff
    },
    die() {
      state.isDead = true
      cutAll()
    },
    revive() {
      state.isDead = false
    },
    async close() {
      cutAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The stream every `/big` answer is made of. */
export function* blocks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= block.length) yield left >= block.length ? block : block.subarray(0, left)
}
