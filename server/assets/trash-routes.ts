/** @file The trash: what is in it, putting it back, deleting it for good. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import {
  type AssetType,
  trashFilesSchema,
  trashIdsSchema,
  trashListingSchema,
  trashResultSchema,
} from '#contracts/assets'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { packAnswer } from '../http/packed.ts'
import { countOf, type EventSink } from './asset-events.ts'
import type { Trash } from './trash.ts'
import { settingsDays } from './trash-keeper.ts'
import type { TreeIndex } from './tree-index.ts'

export interface TrashRoutesDeps {
  indexes: Record<AssetType, TreeIndex>
  trash: Trash
  events: EventSink
  /** Days until the studio deletes by itself; see `trash-keeper.ts`. @default 7 */
  trashDays?: () => number
}

export function trashRoutes({ indexes, trash, events, trashDays = () => 7 }: TrashRoutesDeps): FastifyPluginAsync {
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()

    app.get(
      '/trash',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'What lies in the trash, newest first',
          response: { 200: trashListingSchema },
        },
        onSend: packAnswer,
      },
      async () => {
        await trash.ready
        return {
          entries: trash.list(),
          total_size: trash.bytes,
          keeps: { days: trashDays(), settings_days: settingsDays },
        }
      },
    )

    app.get(
      '/trash/:id/files',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'The pictures and videos of one entry of the trash',
          params: z.object({ id: z.string().max(200) }),
          response: { 200: trashFilesSchema },
        },
      },
      async (request) => {
        const files = await trash.files(request.params.id)
        if (files === null) throw new StudioError('not_found', 'This is not in the trash')
        return { files }
      },
    )

    app.post(
      '/trash/restore',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'Put entries back where they were',
          body: trashIdsSchema,
          response: { 200: trashResultSchema },
        },
      },
      async (request) => {
        const { done, errors } = await trash.restore(request.body.ids)
        for (const type of ['inputs', 'outputs'] as const) {
          const files = done.filter((entry) => entry.type === type).map((entry) => entry.path)
          if (files.length === 0) continue
          await indexes[type].refresh(new Set(files.map((path) => path.split('/')[0]!)))
          events.append('assets.restored', 'info', `${countOf(files.length, 'deletion')} undone`, { files, type })
        }
        return { done: done.map((entry) => entry.id), errors }
      },
    )

    app.post(
      '/trash/purge',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'Delete entries of the trash for good',
          body: trashIdsSchema,
          response: { 200: trashResultSchema },
        },
      },
      async (request) => {
        const { done, errors } = await trash.purge(request.body.ids)
        return { done: done.map((entry) => entry.id), errors }
      },
    )
  }
}
