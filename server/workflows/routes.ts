/** @file `GET /workflows` and `GET /workflows/{id}`. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { workflowDetailSchema, workflowListSchema } from '#contracts/workflows'
import { signedIn } from '../http/access.ts'
import type { Workflows } from './workflows.ts'

/** Registered under `/api/admin`. */
export function workflowRoutes(deps: { workflows: Workflows }): FastifyPluginAsync {
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()

    app.get(
      '/workflows',
      {
        config: signedIn,
        schema: {
          tags: ['workflows'],
          summary: 'All workflows, and the files that cannot be used',
          response: { 200: workflowListSchema },
        },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store')
        return deps.workflows.list()
      },
    )

    app.get(
      '/workflows/:id',
      {
        config: signedIn,
        schema: {
          tags: ['workflows'],
          summary: 'One workflow with its graph',
          params: z.object({ id: z.string().max(250) }),
          response: { 200: workflowDetailSchema },
        },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        return deps.workflows.describe(request.params.id)
      },
    )
  }
}
