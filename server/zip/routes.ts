/** @file `GET /outputs-zip`: everything as one archive; `POST /zip-plans` and its download: a selection of outputs or inputs. */
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { AssetType } from '#contracts/assets'
import { createZipPlanSchema, zipPlanSchema } from '#contracts/zip'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { inSlices } from '../storage/slices.ts'
import { choosePlan } from './choose-plan.ts'
import { createCrcMemory } from './crc-memory.ts'
import { computeLayout } from './layout.ts'
import { isUnchanged } from './plan.ts'
import { createPlanStore } from './plan-store.ts'
import { planSelection, type ResolvePaths } from './selection.ts'
import { servePlan } from './serve-plan.ts'

export interface ZipRoutesDeps {
  /** Absolute paths. */
  roots: Record<AssetType, string>
  /** Absolute path; plans and checksums are remembered below it. */
  cacheDirectory: string
  resolve: ResolvePaths
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Registered under `/api/admin`. */
export function zipRoutes(options: ZipRoutesDeps): FastifyPluginAsync {
  const { roots, cacheDirectory, resolve, now = Date.now } = options
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    const store = createPlanStore({ directory: join(cacheDirectory, 'zip-plans'), now })
    const memory = createCrcMemory(join(cacheDirectory, 'crc32.log'))
    const deps = { root: roots.outputs, store, memory, now }
    app.addHook('onClose', () => memory.flush().catch(() => undefined))

    app.get(
      '/outputs-zip',
      {
        config: signedIn,
        schema: {
          tags: ['zip'],
          summary: 'Download the whole output directory as a zip',
          description:
            'Stored, with an exact `Content-Length`. `ETag` names the plan of the archive; `Range` with `If-Range` ' +
            'resumes it for 24 hours, also when newer files exist.',
          produces: ['application/zip'],
        },
      },
      async (request, reply) => {
        const { plan, allowRange } = await choosePlan(deps, request.headers)
        await servePlan(deps, plan, request, reply, { allowRange })
      },
    )

    app.post(
      '/zip-plans',
      {
        config: signedIn,
        bodyLimit: 8 * 1024 * 1024,
        schema: {
          tags: ['zip'],
          summary: 'Plan an archive of a selection',
          body: createZipPlanSchema,
          response: { 201: zipPlanSchema },
        },
      },
      async (request, reply) => {
        const { plan, missing } = await planSelection({ roots, resolve, now }, request.body)
        if (plan.files.length === 0) throw new StudioError('not_found', 'Nothing of the selection is there')
        await store.remember(plan)
        return reply.code(201).send({
          id: plan.id,
          url: `/api/admin/zip-plans/${plan.id}/download`,
          size: computeLayout(plan.files).size,
          files: plan.files.length,
          missing,
        })
      },
    )

    app.get(
      '/zip-plans/:id/download',
      {
        config: signedIn,
        schema: {
          tags: ['zip'],
          summary: 'Download a planned archive',
          params: z.object({ id: z.string() }),
          produces: ['application/zip'],
        },
      },
      async (request, reply) => {
        const plan = await store.find(request.params.id)
        if (!plan) throw new StudioError('not_found', 'This download is no longer planned: select the files again')
        const root = plan.scope === 'inputs' ? roots.inputs : roots.outputs
        if (!(await inSlices(isUnchanged(root, plan)))) {
          throw new StudioError('conflict', 'Files of this download were changed or deleted: select them again')
        }
        const ifRange = request.headers['if-range']
        const allowRange = ifRange === undefined || ifRange === `"${plan.id}"`
        await servePlan({ ...deps, root }, plan, request, reply, { allowRange })
      },
    )
  }
}
