/** @file `GET /storage` and `POST /storage/free`: what fills the disk, what could go, and letting it go. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import {
  freedStorageSchema,
  freeStorageSchema,
  type Storage,
  type Suggestion,
  storageQuerySchema,
  storageSchema,
} from '#contracts/storage'
import type { CleanUp } from '#contracts/vocabulary'
import type { Trash } from '../assets/trash.ts'
import { signedIn } from '../http/access.ts'
import type { FreeSpace } from './free-space.ts'
import type { Ledger } from './ledger.ts'
import type { Occupancy } from './occupancy.ts'
import { type Candidates, type FileCleanUp, suggestionOf } from './suggest.ts'

export interface StorageRoutesDeps {
  /** Brings the indexes up to date. */
  settle: () => Promise<void>
  /** Whether everything on the disk has been read once. */
  isComplete: () => boolean
  ledger: Pick<Ledger, 'usage'>
  occupancy: () => Occupancy
  candidates: (days: number) => Record<FileCleanUp, Candidates>
  trash: Pick<Trash, 'bytes' | 'list'>
  thumbnails: { readonly bytes: number; readonly count: number }
  freeSpace: FreeSpace
}

/** Registered under `/api/admin`. */
export function storageRoutes(deps: StorageRoutesDeps): FastifyPluginAsyncZod {
  const { trash, thumbnails } = deps

  const whole = (id: CleanUp, bytes: number, files: number): Suggestion[] =>
    files === 0 ? [] : [{ id, bytes, files, jobs: 0, finals: { bytes: 0, files: 0 }, for_good: true }]

  async function storage(days: number): Promise<Storage> {
    await deps.settle()
    const candidates = deps.candidates(days)
    const suggestions = (Object.keys(candidates) as FileCleanUp[]).flatMap(
      (id) => suggestionOf(id, candidates[id]) ?? [],
    )
    return {
      disk: await deps.ledger.usage(),
      ...deps.occupancy(),
      suggestions: [
        ...suggestions,
        ...whole('thumbnails', thumbnails.bytes, thumbnails.count),
        ...whole('trash', trash.bytes, trash.list().length),
      ],
      days,
      complete: deps.isComplete(),
    }
  }

  return async (app) => {
    app.get(
      '/storage',
      {
        config: signedIn,
        schema: {
          tags: ['storage'],
          summary: 'What fills the disk, and what could be deleted',
          querystring: storageQuerySchema,
          response: { 200: storageSchema },
        },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        return storage(request.query.days)
      },
    )

    app.post(
      '/storage/free',
      {
        config: signedIn,
        schema: {
          tags: ['storage'],
          summary: 'Carry out suggestions: to the trash, or for good',
          description: 'What lies in the trash still takes its space. Finals go only with `finals`.',
          body: freeStorageSchema,
          response: { 200: freedStorageSchema },
        },
      },
      async (request) => {
        await deps.settle()
        return deps.freeSpace(request.body)
      },
    )
  }
}
