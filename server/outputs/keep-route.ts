/** @file `POST /jobs/:job/keep`: an interrupted job needs no more attention. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { signedIn } from '../http/access.ts'
import { type KeepFilesDeps, keepFiles } from './keep-files.ts'

/** Registered under `/api/admin`. */
export function keepRoute(deps: KeepFilesDeps): FastifyPluginAsync {
  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().post(
      '/jobs/:job/keep',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'Keep the files of an interrupted job',
          description:
            'It needs no more attention: lists say `kept`, and its files are no longer suggested for deletion as left behind ' +
            '(old intermediates are, as those of any job). Its folder gets an empty `.kept` and loses `.incomplete`, unless ' +
            'its record still says that it runs, which the engine settles when it next starts. A folder without a record is ' +
            'an ordinary one afterwards. 409 for a job that was not interrupted.',
          params: z.object({ job: z.string().max(200) }),
          response: { 200: z.object({ kept: z.literal(true) }) },
        },
      },
      async (request) => {
        await keepFiles(deps, request.params.job)
        return { kept: true } as const
      },
    )
  }
}
