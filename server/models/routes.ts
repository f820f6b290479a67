/** @file Model files over HTTP: what is there and what is missing, uploading in pieces, downloading to the pod, deleting. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import {
  downloadModelSchema,
  type ModelList,
  modelDownloadSchema,
  modelListSchema,
  modelRefSchema,
  modelRemovedSchema,
  modelUploadQuerySchema,
  modelUploadSchema,
} from '#contracts/models'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { Downloads } from './downloads.ts'
import type { ModelStore } from './model-store.ts'

export interface ModelRoutesDeps {
  library: () => Promise<Pick<ModelList, 'models' | 'missing' | 'complete'>>
  downloads: Downloads
  store: ModelStore
  ledger: Ledger
  hosts: readonly string[]
}

/** Largest piece of an upload: proxies in front of a pod refuse bodies over 100 MB. */
const maxPiece = 96 * 1024 * 1024

/** Registered under `/api/admin`. */
export function modelRoutes(deps: ModelRoutesDeps): FastifyPluginAsync {
  const { library, downloads, store, ledger, hosts } = deps
  /** Uploads under way, so that two pieces never mix. */
  const writing = new Set<string>()

  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    app.get(
      '/models',
      {
        config: signedIn,
        schema: {
          tags: ['models'],
          summary: 'Model files, what uses them, and what workflows miss',
          response: { 200: modelListSchema },
        },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store')
        return { ...(await library()), downloads: downloads.list(), hosts: [...hosts] }
      },
    )

    app.post(
      '/models/download',
      {
        config: signedIn,
        schema: {
          tags: ['models'],
          summary: 'Have the pod download a model',
          description: 'https, from the listed hosts only. Resumes by itself; told as `models.download` events.',
          body: downloadModelSchema,
          response: { 202: modelDownloadSchema },
        },
      },
      async (request, reply) => reply.code(202).send(await downloads.start(request.body)),
    )

    for (const [verb, summary] of [
      ['pause', 'Stop a download and keep its bytes'],
      ['resume', 'Go on with a paused download'],
      ['cancel', 'Stop a download and forget its bytes'],
    ] as const) {
      app.post(
        `/models/download/:id/${verb}`,
        {
          config: signedIn,
          schema: {
            tags: ['models'],
            summary,
            params: z.object({ id: z.string().max(64) }),
            response: { 200: modelDownloadSchema },
          },
        },
        async (request) => downloads[verb](request.params.id),
      )
    }

    app.post(
      '/models/delete',
      {
        config: signedIn,
        schema: {
          tags: ['models'],
          summary: 'Delete a model file for good',
          body: modelRefSchema,
          response: { 200: modelRemovedSchema },
        },
      },
      async (request) => ({ freed: await store.remove(request.body.folder, request.body.file) }),
    )

    await scope.register(async (pieces) => {
      pieces.removeAllContentTypeParsers()
      pieces.addContentTypeParser('*', (_request, _payload, done) => done(null))
      pieces.withTypeProvider<ZodTypeProvider>().post(
        '/models/upload',
        {
          config: signedIn,
          schema: {
            tags: ['models'],
            summary: 'Upload a model file in pieces',
            description:
              'The body is the bytes from `offset` on, at most 96 MiB; an empty body asks how much is there. The answer ' +
              'says what is safe; the file is visible when it is complete and its content is a model.',
            consumes: ['application/octet-stream'],
            querystring: modelUploadQuerySchema,
            response: { 200: modelUploadSchema },
          },
        },
        async (request) => {
          const { folder, filename, size, offset } = request.query
          const place = { folder, filename }
          const length = Number(request.headers['content-length'] ?? 0)
          if (length > maxPiece || offset + length > size) {
            throw new StudioError('payload_too_large', 'A piece is at most 96 MiB, and no more than the file')
          }
          await ledger.requireRoom('Uploads')
          const partial = await store.partial(place, { upload: { size } })
          const answer = { done: false, sha256: null }
          if (length === 0) return { ...answer, received: partial.received }
          if (offset !== partial.received) {
            throw new StudioError('conflict', `${partial.received} bytes are here: send what follows them`)
          }
          if (writing.has(partial.path)) throw new StudioError('conflict', 'Another upload of this file is under way')
          writing.add(partial.path)
          const reservation = await ledger.reserve(size - offset).catch((error: unknown) => {
            writing.delete(partial.path)
            throw error
          })
          try {
            await store.append(place, partial, request.raw, size).catch(async (error: unknown) => {
              if (error instanceof StudioError && error.code === 'invalid_request') await store.discard(partial)
              throw error
            })
            if (partial.received < size) return { ...answer, received: partial.received }
            const sha256 = await store.publish(place, partial)
            return { received: size, done: true, sha256 }
          } finally {
            reservation.release()
            writing.delete(partial.path)
          }
        },
      )
    })
  }
}
