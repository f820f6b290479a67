/**
 * @file Mounts Next for the pages. It is prepared in the background, so that the web process answers before it is
 * ready; Next never sees the port, an upgrade, or a request the guard has not let through.
 */
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export type PagesState = { kind: 'starting' } | { kind: 'ready'; handle: PageHandler } | { kind: 'failed'; why: string }

export interface Pages {
  state(): PagesState
  /** Resolves when the pages are ready or have failed. */
  settled: Promise<void>
  /** In development: hands the upgrade of Next's own socket to it. @returns whether it was one */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  close(): Promise<void>
}

/**
 * @param directory - absolute path of the project
 * @param hostname - the name its development server accepts sockets from, beside `localhost`
 * @param onError - told why the pages failed
 */
export function mountPages({
  directory,
  hostname,
  development,
  onError,
}: {
  directory: string
  hostname: string
  development: boolean
  onError: (error: unknown) => void
}): Pages {
  let state: PagesState = { kind: 'starting' }
  // Next listens for upgrades on the server it is given, or on that of the first request. This one never listens
  // itself: it gets the upgrades of the development server's own socket, and in production none.
  const upgrades = createServer()
  let closeNext: (() => Promise<void>) | null = null

  async function prepare(): Promise<void> {
    if (!development && !existsSync(join(directory, '.next', 'BUILD_ID'))) {
      state = { kind: 'failed', why: 'The pages are not built. Run "npm run build" and start again.' }
      return
    }
    try {
      const { default: next } = await import('next')
      const app = next({ dev: development, dir: directory, hostname, httpServer: upgrades })
      closeNext = () => app.close()
      await app.prepare()
      const handle = app.getRequestHandler()
      state = { kind: 'ready', handle: (request, response) => handle(request, response) }
    } catch (error) {
      onError(error)
      state = { kind: 'failed', why: 'The pages could not be started; the log says why. The API works.' }
    }
  }

  return {
    state: () => state,
    settled: prepare(),
    upgrade(request, socket, head) {
      if (!development || !request.url?.startsWith('/_next/')) return false
      if (!upgrades.emit('upgrade', request, socket, head)) socket.destroy()
      return true
    },
    async close() {
      await closeNext?.()
    },
  }
}
