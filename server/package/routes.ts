/** @file `GET /jobs/{job}/package`. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { AssetType } from '#contracts/assets'
import { parseRelativePath } from '#contracts/relative-path'
import { contentDisposition } from '../files/content-disposition.ts'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { packJob, planJobPackage } from './job-package.ts'

export interface PackageRoutesDeps {
  /** Absolute paths. */
  roots: Record<AssetType, string>
}

/** Registered under `/api/admin`. */
export function packageRoutes({ roots }: PackageRoutesDeps): FastifyPluginAsync {
  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().get(
      '/jobs/:job/package',
      {
        config: signedIn,
        schema: {
          tags: ['jobs'],
          summary: 'One job as a zip: record, graph, inputs, results',
          params: z.object({ job: z.string() }),
          produces: ['application/zip'],
        },
      },
      async (request, reply) => {
        const { job } = request.params
        const isFolder = parseRelativePath(job)?.length === 1 && !job.startsWith('.') && !job.endsWith('/')
        const entries = isFolder ? await planJobPackage({ roots, job }) : null
        if (!entries) throw new StudioError('not_found', 'Job not found')
        reply
          .header('content-type', 'application/zip')
          .header('content-disposition', contentDisposition('attachment', `job_${job}.zip`))
          .header('cache-control', 'private, no-store')
        if (request.method === 'HEAD') return reply.send()
        const left = new AbortController()
        reply.raw.once('close', () => left.abort(new Error('the reader has gone')))
        return reply.send(packJob(entries, left.signal))
      },
    )
  }
}
