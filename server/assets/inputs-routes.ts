/** @file What is asked of the inputs beyond their listing: in how many jobs each was used, and a selection moved to the trash. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { inputSelectionSchema, inputUsesSchema, type TrashEntry } from '#contracts/assets'
import { trashSelectionResultSchema } from '#contracts/outputs'
import { signedIn } from '../http/access.ts'
import { packAnswer } from '../http/packed.ts'
import type { InputUseCounts } from '../storage/used-inputs.ts'
import { countOf, type EventSink } from './asset-events.ts'
import { deleteAssets } from './delete-assets.ts'
import { selectInputs } from './select-inputs.ts'
import type { Trash } from './trash.ts'
import type { TreeIndex } from './tree-index.ts'

export interface InputsRoutesDeps {
  indexes: { inputs: TreeIndex }
  trash: Trash
  /** Absolute path; on the file system of the asset roots. */
  trashDirectory: string
  events: EventSink
  /** @default nothing was used */
  inputUses?: () => Pick<InputUseCounts, 'counts' | 'unread'>
}

/** Twenty thousand paths of the usual length. */
const bodyLimit = 8 * 1024 * 1024

export function inputsRoutes({
  indexes,
  trash,
  trashDirectory,
  events,
  inputUses,
}: InputsRoutesDeps): FastifyPluginAsync {
  const index = indexes.inputs
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()

    app.get(
      '/assets/inputs/uses',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'In how many jobs each input was used',
          response: { 200: inputUsesSchema },
        },
        onSend: packAnswer,
      },
      async () => {
        await (index.settle() ?? index.ready)
        const { counts, unread } = inputUses?.() ?? { counts: new Map<string, number>(), unread: false }
        // The texts of jobs are many things; only those that name an input are asked for.
        const uses: Record<string, number> = {}
        for (const { name } of index.items()) {
          const count = counts.get(name)
          if (count !== undefined) uses[name] = count
        }
        return { uses, complete: !unread }
      },
    )

    app.post(
      '/assets/inputs/trash',
      {
        config: signedIn,
        bodyLimit,
        schema: {
          tags: ['assets'],
          summary: 'Move a selection of inputs to the trash',
          body: z.object({ selection: inputSelectionSchema }),
          response: { 200: trashSelectionResultSchema },
        },
      },
      async (request) => {
        await (index.settle() ?? index.ready)
        const { files, missing } = selectInputs(index, request.body.selection)
        const sizes = new Map(files.map(({ path, size }) => [path, size]))
        const entries: TrashEntry[] = []
        const { deleted, errors } = await deleteAssets([...sizes.keys()], {
          ...{ type: 'inputs', root: index.root, trashDirectory, trash },
          onTrashed: (entry) => entries.push(entry),
        })
        await index.refresh(new Set(deleted.map((path) => path.split('/')[0]!)))
        if (deleted.length > 0) {
          const message = `${countOf(deleted.length, 'input')} moved to the trash`
          events.append('assets.deleted', 'info', message, { files: deleted, type: 'inputs' })
        }
        return {
          files: deleted.length,
          bytes: deleted.reduce((sum, path) => sum + sizes.get(path)!, 0),
          ids: entries.map(({ id }) => id),
          errors: [...missing.map((path) => `${path}: not found`), ...errors],
        }
      },
    )
  }
}
