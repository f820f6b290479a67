/**
 * @file Listens on every address that was asked for: the first is the HTTP server's own, each other one has a server that
 * hands its requests to the same routes, on the same port.
 */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { createRawServer, type TlsFiles } from './server.ts'

export interface ListenOptions {
  hosts: readonly string[]
  /** 0 lets the system choose, once for all addresses. */
  port: number
  tls: TlsFiles | null
  /** Told of each server, before it listens. */
  prepare: (server: Server) => void
  /** Told of an address besides the first that this machine does not have. */
  onMissing: (host: string) => void
}

/** An address that this machine has no use for, as IPv6 where it is switched off. */
const missing = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

/** @throws when the first address cannot be listened on, or the port of another one is taken */
export async function listenEverywhere(
  app: FastifyInstance,
  { hosts, port, tls, prepare, onMissing }: ListenOptions,
): Promise<{ address: AddressInfo; close: () => Promise<void> }> {
  const [first = '127.0.0.1', ...others] = hosts
  prepare(app.server)
  await app.listen({ host: first, port, ipv6Only: others.length > 0 && first.includes(':') })
  const address = app.server.address() as AddressInfo
  const servers: Server[] = []
  const close = async () => {
    for (const server of servers) server.closeAllConnections()
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
  for (const host of others) {
    const server = createRawServer(tls, (request, response) => app.routing(request, response))
    prepare(server)
    server.listen({ host, port: address.port, ipv6Only: host.includes(':') })
    try {
      await once(server, 'listening')
      servers.push(server)
    } catch (error) {
      if (!missing.has((error as NodeJS.ErrnoException).code ?? '')) {
        await close()
        throw error
      }
      onMissing(host)
    }
  }
  return { address, close }
}
