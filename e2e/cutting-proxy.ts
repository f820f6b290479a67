/**
 * @file A TCP proxy between browser and studio that behaves as a bad line on command: cuts every connection after so many
 * bytes, lets nobody in, holds the connections that carry much, or lets no event stream through. Counts what it delivered to
 * the server.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  url: string
  /** Bytes the server got. */
  readonly delivered: number
  /** Cuts everything, and lets nobody in until {@link restore}, once so many more bytes were delivered. */
  cutAfter(bytes: number): void
  /** Cuts everything now, until {@link restore}. */
  cut(): void
  restore(): void
  /** Holds connections whose request is over a megabyte long, once so many more bytes were delivered, until {@link release}. */
  holdAfter(bytes: number): void
  readonly holding: boolean
  release(): void
  /** What becomes of event streams asked for from now on: `refuse` closes the connection, `hold` never answers. */
  streams: 'pass' | 'refuse' | 'hold'
  close(): void
}

const much = 1_000_000

/** @param silence - milliseconds without a byte after which a connection is cut, as proxies do; never without it */
export async function startCuttingProxy(target: string, { silence = 0 } = {}): Promise<CuttingProxy> {
  const { port } = new URL(target)
  const sockets = new Set<Socket>()
  let delivered = 0
  let cutAt = Number.POSITIVE_INFINITY
  let holdAt = Number.POSITIVE_INFINITY
  let cut = false
  const held = new Set<Socket>()
  let streams: CuttingProxy['streams'] = 'pass'
  const cutAll = () => {
    cut = true
    cutAt = Number.POSITIVE_INFINITY
    for (const socket of [...sockets]) socket.destroy()
  }

  const server = createServer((client) => {
    if (cut) return client.destroy()
    const upstream = connect(Number(port), '127.0.0.1')
    let carried = 0
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setTimeout(silence, () => socket.destroy())
      socket.on('error', () => undefined)
      socket.on('close', () => {
        for (const each of [client, upstream]) {
          each.destroy()
          sockets.delete(each)
          held.delete(each)
        }
      })
    }
    upstream.pipe(client)
    // An answer begins: the request is over, and the connection serves the next one.
    upstream.on('data', () => {
      carried = 0
    })
    client.on('data', (chunk) => {
      // A request without a body comes in one piece.
      if (streams !== 'pass' && /^accept: text\/event-stream/im.test(chunk.toString('latin1', 0, 8192))) {
        if (streams === 'refuse') client.destroy()
        return
      }
      delivered += chunk.length
      carried += chunk.length
      if (!upstream.write(chunk)) {
        client.pause()
        upstream.once('drain', () => !held.has(client) && client.resume())
      }
      if (delivered >= cutAt) cutAll()
      else if (delivered >= holdAt && carried > much) {
        held.add(client)
        client.pause()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get delivered() {
      return delivered
    },
    cutAfter(bytes) {
      cutAt = delivered + bytes
    },
    cut: cutAll,
    restore() {
      cut = false
    },
    holdAfter(bytes) {
      holdAt = delivered + bytes
    },
    get holding() {
      return held.size > 0
    },
    release() {
      holdAt = Number.POSITIVE_INFINITY
      for (const socket of held) socket.resume()
      held.clear()
    },
    get streams() {
      return streams
    },
    set streams(wanted) {
      streams = wanted
    },
    close() {
      for (const socket of [...sockets]) socket.destroy()
      server.close()
    },
  }
}
