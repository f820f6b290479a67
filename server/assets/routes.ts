/** @file The admin assets endpoints: listing, upload, delete, trash. Shapes and texts are the contract's. */
import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { AssetType } from '#contracts/assets'
import type { Ledger } from '../storage/ledger.ts'
import { sweepTemporaryFiles } from '../storage/sweep-temporary.ts'
import type { UsedInputs } from '../storage/used-inputs.ts'
import { announceForeignChanges, type EventSink } from './asset-events.ts'
import { copyRoute } from './copy-route.ts'
import { deleteRoute } from './delete-route.ts'
import { inputsRoutes } from './inputs-routes.ts'
import { listingRoute } from './listing-route.ts'
import type { AssetIndex } from './outputs-index.ts'
import type { UploadLimits } from './receive-upload.ts'
import type { Trash } from './trash.ts'
import { trashRoutes } from './trash-routes.ts'
import { uploadRoute } from './upload-route.ts'

export interface AssetRoutesDeps {
  /** From `createInputsIndex` and `createOutputsIndex`; whoever made them closes them. */
  indexes: Record<AssetType, AssetIndex>
  trash: Trash
  /** Absolute path; on the file system of the asset roots. */
  trashDirectory: string
  ledger: Ledger
  events: EventSink
  uploadLimits: UploadLimits
  /** Whether a folder's job may still write; see `delete-assets.ts`. */
  isLive?: (folder: string) => boolean
  /** In how many jobs each input was used. */
  inputUses?: UsedInputs['counts']
  /** Days until the trash is emptied. */
  trashDays?: () => number
  now?: () => Date
  /** Six hexadecimal digits. */
  randomHex?: () => string
}

/** A temporary file of an upload that nobody wrote to for so long belongs to a process that is gone. */
const abandonedMilliseconds = 3_600_000

/** Registered under `/api/admin`. */
export function assetRoutes(deps: AssetRoutesDeps): FastifyPluginAsync {
  const now = deps.now ?? (() => new Date())
  const randomHex = deps.randomHex ?? (() => randomBytes(3).toString('hex'))
  const bootId = randomBytes(4).toString('hex')

  return async (scope) => {
    const stops = (['inputs', 'outputs'] as const).map((type) =>
      announceForeignChanges(type, deps.indexes[type], deps.events),
    )
    scope.addHook('onClose', async () => {
      for (const stop of stops) stop()
    })
    scope.addHook('onReady', async () => {
      await sweepTemporaryFiles(deps.indexes.inputs.root, abandonedMilliseconds, now().getTime())
    })
    await scope.register(listingRoute({ ...deps, bootId }))
    await scope.register(uploadRoute({ ...deps, now, randomHex }))
    await scope.register(copyRoute({ ...deps, now, randomHex }))
    await scope.register(deleteRoute(deps))
    await scope.register(inputsRoutes(deps))
    await scope.register(trashRoutes(deps))
  }
}
