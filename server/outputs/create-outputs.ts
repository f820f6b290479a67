/** @file Wires everything about the outputs as the gallery sees them: the view, marks, selections. */
import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import { createMarker } from '../marks/set-marks.ts'
import type { ResolvePaths } from '../zip/selection.ts'
import type { KeepFilesDeps } from './keep-files.ts'
import { keepRoute } from './keep-route.ts'
import { outputListRoute } from './list-route.ts'
import { createOutputsView, type OutputsView, type OutputsViewOptions } from './outputs-view.ts'
import { resolveSelection } from './select.ts'
import { selectionRoutes } from './selection-routes.ts'
import { createTrashSelection, type TrashSelectionDeps } from './trash-selection.ts'

export type OutputsOptions = OutputsViewOptions & TrashSelectionDeps & KeepFilesDeps

export interface Outputs {
  view: OutputsView
  /** Registered under `/api/admin`. */
  routes: FastifyPluginAsync
  resolvePaths: ResolvePaths['outputs']
  close(): void
}

export function createOutputs(options: OutputsOptions): Outputs {
  const view = createOutputsView(options)
  const marker = createMarker(options.index)
  const trashSelection = createTrashSelection(options)
  const bootId = randomBytes(4).toString('hex')
  return {
    view,
    async routes(app) {
      await app.register(outputListRoute({ view, bootId }))
      await app.register(keepRoute(options))
      await app.register(selectionRoutes({ view, marker, trashSelection, events: options.events }))
    },
    async resolvePaths(selection) {
      await view.ready()
      const { found, missing } = resolveSelection(view, selection)
      return { paths: found.flatMap(({ files }) => files.map(({ path }) => path)), missing }
    },
    close: view.close,
  }
}
