/** @file `GET /jobs/{job}/preview`: the newest live frame of a running job. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import type { PreviewStore } from './preview-store.ts'

export interface PreviewRoutesDeps {
  previews: Pick<PreviewStore, 'find'>
  /** Null for a job the studio does not know. */
  view: { find(id: string): unknown }
}

/** Registered under `/api/admin`. */
export function previewRoutes(deps: PreviewRoutesDeps): FastifyPluginAsync {
  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().get(
      '/jobs/:job/preview',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'The newest preview frame of a running job',
          description:
            'JPEG or PNG bytes; 204 when there is none: the job has shown nothing yet, or has ended. 404: no such job.',
          params: z.object({ job: z.string().max(200) }),
          // A page may add a number that changes with the frame, so that an image element loads it again.
          querystring: z.object({ n: z.string().max(40).optional() }),
        },
      },
      async (request, reply) => {
        const preview = deps.previews.find(request.params.job)
        if (!preview) {
          if (deps.view.find(request.params.job) === null) throw new StudioError('not_found', 'There is no such job')
          // Of an ended job too: it may end between the moment its frame is named and the moment a page asks for it.
          return reply.code(204).header('cache-control', 'no-store').send()
        }
        return reply
          .header('content-type', preview.type)
          .header('cache-control', 'no-store')
          .header('x-content-type-options', 'nosniff')
          .send(preview.bytes)
      },
    )
  }
}
