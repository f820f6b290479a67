/** @file Keeps a disk that is as good as full from being filled further: runs and uploads are refused with the reason. */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Ledger } from './ledger.ts'

/**
 * Registers routes whose listed requests need room.
 * @param needing - `POST /jobs`: method and path as the routes state them, without the prefix
 * @param what - in words: `New runs`
 */
export function needingRoom(
  ledger: Pick<Ledger, 'requireRoom'>,
  what: string,
  needing: readonly string[],
  routes: FastifyPluginAsync,
): FastifyPluginAsync {
  return async (scope: FastifyInstance) => {
    scope.addHook('preHandler', async (request) => {
      const { method, url = '' } = request.routeOptions
      const path = url.startsWith(scope.prefix) ? url.slice(scope.prefix.length) : url
      if (needing.includes(`${String(method)} ${path}`)) await ledger.requireRoom(what)
    })
    await scope.register(routes)
  }
}
