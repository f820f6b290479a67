/** @file What is done with a selection of outputs: told what it is, marked, moved to the trash. (The zip of it: `server/zip`.) */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import {
  outputSummarySchema,
  selectionBodySchema,
  setMarksResultSchema,
  setMarksSchema,
  trashSelectionResultSchema,
} from '#contracts/outputs'
import type { EventSink } from '../assets/asset-events.ts'
import { signedIn } from '../http/access.ts'
import type { Marker } from '../marks/set-marks.ts'
import { summaryOf } from './list-outputs.ts'
import type { OutputsView } from './outputs-view.ts'
import { resolveSelection, type Selected } from './select.ts'
import type { TrashSelection } from './trash-selection.ts'

export interface SelectionRoutesDeps {
  view: OutputsView
  marker: Marker
  trashSelection: TrashSelection
  events: EventSink
}

/** Twenty thousand paths of the usual length. */
const bodyLimit = 8 * 1024 * 1024
/** With more files than this their names are left out of the event: whoever listens reads the listing again anyway. */
const maxNamedFiles = 200

/** Registered under `/api/admin`. */
export function selectionRoutes({ view, marker, trashSelection, events }: SelectionRoutesDeps): FastifyPluginAsync {
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()

    app.post(
      '/selection/summary',
      {
        config: signedIn,
        bodyLimit,
        schema: {
          tags: ['outputs'],
          summary: 'How many files of which kinds and how many bytes a selection is',
          body: selectionBodySchema,
          response: { 200: outputSummarySchema },
        },
      },
      async (request) => {
        await view.ready()
        return summaryOf(resolveSelection(view, request.body.selection).found)
      },
    )

    app.post(
      '/selection/marks',
      {
        config: signedIn,
        bodyLimit,
        schema: {
          tags: ['outputs'],
          summary: 'Star or reject files, or take the mark away',
          body: setMarksSchema,
          response: { 200: setMarksResultSchema },
        },
      },
      async (request) => {
        await view.ready()
        const { selection, mark } = request.body
        const selected = resolveSelection(view, selection)
        const { marked, errors } = await marker.set(pathsPerFolder(selected), mark)
        if (marked > 0) {
          const files = selected.found.flatMap((found) => found.files.map(({ path }) => path))
          const words = mark === null ? 'no longer marked' : mark === 'star' ? 'starred' : 'rejected'
          events.append('assets.marked', 'info', `${marked} ${marked === 1 ? 'output' : 'outputs'} ${words}`, {
            ...{ type: 'outputs', mark, count: marked },
            ...(files.length <= maxNamedFiles && { files }),
          })
        }
        return { marked, errors: [...selected.missing.map((path) => `${path}: not found`), ...errors] }
      },
    )

    app.post(
      '/selection/trash',
      {
        config: signedIn,
        bodyLimit,
        schema: {
          tags: ['outputs'],
          summary: 'Move a selection to the trash',
          description: 'A job all of whose files are selected goes as one entry, with its record.',
          body: selectionBodySchema,
          response: { 200: trashSelectionResultSchema },
        },
      },
      async (request) => {
        await view.ready()
        return trashSelection(resolveSelection(view, request.body.selection))
      },
    )
  }
}

/** Folder → paths inside it. */
function pathsPerFolder({ found }: Selected): Map<string, string[]> {
  const inside = (folder: string, path: string) => (folder === '' ? path : path.slice(folder.length + 1))
  return new Map(
    found
      .filter(({ files }) => files.length > 0)
      .map(({ group, files }) => [group.folder, files.map(({ path }) => inside(group.folder, path))]),
  )
}
