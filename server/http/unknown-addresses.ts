/**
 * @file Answers 404 for every address of a prefix that no route has. Without it the less precise routes behind it (the
 * engine's proxy, the pages) would take them.
 */
import type { FastifyPluginAsync } from 'fastify'
import { signedIn } from './access.ts'
import { StudioError } from './errors.ts'

/** Registered last in the scope of the prefix. */
export const unknownAddresses: FastifyPluginAsync = async (app) => {
  for (const url of ['/', '/*']) {
    app.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url,
      config: signedIn,
      schema: { hide: true },
      handler: async () => {
        throw new StudioError('not_found', 'Not found')
      },
    })
  }
}
