/** @file `GET /outputs`: what the gallery shows. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { outputListQuerySchema, outputListSchema } from '#contracts/outputs'
import { matchesEtag } from '../files/conditional.ts'
import { answerBytes } from '../files/raw-answer.ts'
import { signedIn } from '../http/access.ts'
import { pack } from '../http/packed.ts'
import { renderOutputs } from './list-outputs.ts'
import type { OutputsView } from './outputs-view.ts'

export interface OutputListRouteDeps {
  view: OutputsView
  /** Differs from start to start. */
  bootId: string
}

/** Registered under `/api/admin`. */
export function outputListRoute({ view, bootId }: OutputListRouteDeps): FastifyPluginAsync {
  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().get(
      '/outputs',
      {
        config: signedIn,
        schema: {
          tags: ['outputs'],
          summary: 'Outputs grouped per job: filtered, in pages',
          description:
            'Running jobs first, then by time, newest first. `summary` counts everything that matches. A weak `ETag` ' +
            'allows `If-None-Match`.',
          querystring: outputListQuerySchema,
          response: { 200: outputListSchema, 304: z.null().describe('unchanged') },
        },
      },
      async (request, reply) => {
        await view.ready()
        const etag = `W/"${bootId}-${view.version}"`
        const headers = { etag, 'cache-control': 'private, no-cache', vary: 'Accept-Encoding' }
        if (matchesEtag(request.headers['if-none-match'], etag)) {
          return answerBytes(request, reply, { status: 304, headers, body: null })
        }
        const body = renderOutputs(view, request.query)
        const typed = { ...headers, 'content-type': 'application/json; charset=utf-8' }
        const packed = await pack(request, body)
        if (packed === null) return answerBytes(request, reply, { status: 200, headers: typed, body })
        answerBytes(request, reply, { status: 200, headers: { ...typed, 'content-encoding': 'gzip' }, body: packed })
      },
    )
  }
}
