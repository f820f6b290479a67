/** @file Workflows that a person brings: inspect a dropped file, keep it, rename and delete what was kept. */
import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import {
  type InspectedWorkflow,
  inspectedWorkflowSchema,
  inspectQuerySchema,
  renameWorkflowSchema,
  saveWorkflowSchema,
  workflowDetailSchema,
} from '#contracts/workflows'
import { signedIn } from '../http/access.ts'
import type { OwnWorkflows } from './own-workflows.ts'
import { withReceivedFile } from './receive-file.ts'
import type { Workflows } from './workflows.ts'

export interface OwnWorkflowRoutesDeps {
  workflows: Workflows
  own: OwnWorkflows
  inspect: (file: { path: string; name: string }) => Promise<InspectedWorkflow>
  /** Where a dropped file lies while it is looked at. */
  cacheDirectory: string
}

/** A video of a minute fits; what a proxy in front lets through in one request is not much more. */
const maxDroppedBytes = 95_000_000
/** Of a workflow that is saved. */
const maxSavedBytes = 6 * 1024 * 1024

const workflowParams = z.object({ id: z.string().max(250) })

/** Registered under `/api/admin`. */
export function ownWorkflowRoutes({
  workflows,
  own,
  inspect,
  cacheDirectory,
}: OwnWorkflowRoutesDeps): FastifyPluginAsync {
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()

    await scope.register(async (raw) => {
      // The file goes from the socket to the disk; Fastify neither parses nor limits it.
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', (_request, _payload, done) => done(null))
      raw.withTypeProvider<ZodTypeProvider>().post(
        '/workflows/inspect',
        {
          config: signedIn,
          schema: {
            tags: ['workflows'],
            summary: 'What a workflow file is, as one that can be run or saved',
            description:
              'The body is the file itself: a workflow file, a ComfyUI graph in API format, a document of the ComfyUI ' +
              'editor, or a PNG, WebP, MP4 or WebM that carries one. 400 says why not and what to do. Saves nothing.',
            consumes: ['application/octet-stream'],
            querystring: inspectQuerySchema,
            response: { 200: inspectedWorkflowSchema },
          },
        },
        async (request) => {
          const { name } = request.query
          const place = { directory: cacheDirectory, maxBytes: maxDroppedBytes, name: randomBytes(8).toString('hex') }
          return withReceivedFile(request.raw, place, (path) => inspect({ path, name }))
        },
      )
    })

    app.post(
      '/workflows',
      {
        config: signedIn,
        bodyLimit: maxSavedBytes,
        schema: {
          tags: ['workflows'],
          summary: 'Keep a workflow under a name',
          description: '409 when the name is taken, unless `replace` is set. Shipped workflows are never replaced.',
          body: saveWorkflowSchema,
          response: { 201: workflowDetailSchema },
        },
      },
      async (request, reply) => {
        const { name, workflow, replace } = request.body
        const id = await own.save(name, workflow, replace)
        return reply
          .code(201)
          .header('location', `/api/admin/workflows/${id}`)
          .send(await workflows.describe(id))
      },
    )

    app.post(
      '/workflows/:id/rename',
      {
        config: signedIn,
        schema: {
          tags: ['workflows'],
          summary: 'Call an own workflow something else; its id stays',
          params: workflowParams,
          body: renameWorkflowSchema,
          response: { 200: workflowDetailSchema },
        },
      },
      async (request) => {
        await own.rename(request.params.id, request.body.name)
        return workflows.describe(request.params.id)
      },
    )

    app.post(
      '/workflows/:id/delete',
      {
        config: signedIn,
        schema: {
          tags: ['workflows'],
          summary: 'Delete an own workflow for good; what it made stays',
          params: workflowParams,
          response: { 200: z.object({ deleted: z.string() }) },
        },
      },
      async (request) => {
        await own.delete(request.params.id)
        return { deleted: request.params.id }
      },
    )
  }
}
