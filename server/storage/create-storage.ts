/** @file Wires what belongs to the disk: who counts what, the ledger, the clean-ups and their routes. */
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { AssetType } from '#contracts/assets'
import type { StudioDirectory } from '#platform/studio-directory'
import type { EventSink } from '../assets/asset-events.ts'
import type { Trash } from '../assets/trash.ts'
import type { TreeIndex } from '../assets/tree-index.ts'
import { createJobRecords } from '../jobs/job-records.ts'
import type { JobView } from '../jobs/job-view.ts'
import type { ThumbnailCache } from '../thumbnails/thumbnail-cache.ts'
import { createContentHashes } from './content-hashes.ts'
import { createDirectoryMeter } from './directory-meter.ts'
import { createFillRate } from './fill-rate.ts'
import { createFreeSpace } from './free-space.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { measureOccupancy } from './occupancy.ts'
import { storageRoutes } from './routes.ts'
import { findCandidates } from './suggest.ts'
import { createUsedInputs, type UsedInputs } from './used-inputs.ts'

export interface StorageOptions {
  directory: StudioDirectory
  quota: number | null
  indexes: Record<AssetType, TreeIndex>
  trash: Trash
  thumbnails: ThumbnailCache
  /** Parts of files that are still on their way into the inputs. */
  unfinishedUploads: { readonly bytes: number }
  /** Asked when a request needs them: jobs are wired after the disk. */
  jobs: () => Pick<JobView, 'find' | 'live' | 'ended'>
  /** How a person marked an output. */
  markOf?: (path: string) => 'star' | 'reject' | null
  events: EventSink
  /** Milliseconds since 1970. */
  now: () => number
}

export interface StudioStorage {
  usedInputs: UsedInputs
  ledger: Ledger
  /** Registered under `/api/admin`. */
  routes: FastifyPluginAsync
  close(): void
}

export function createStorage(options: StorageOptions): StudioStorage {
  const { directory, quota, indexes, trash, thumbnails, unfinishedUploads, jobs, markOf, events, now } = options
  const models = createDirectoryMeter(directory.models)
  const others = [directory.temp, directory.database, directory.logs, directory.user, directory.customNodes].map(
    (path) => createDirectoryMeter(path),
  )
  const ledger = createLedger({
    root: directory.root,
    quota,
    stored: {
      ...indexes,
      inputs: {
        get bytes() {
          return indexes.inputs.bytes + unfinishedUploads.bytes
        },
      },
      trash,
      models,
      cache: thumbnails,
    },
    fillRate: createFillRate({ indexes: [indexes.inputs, indexes.outputs], now }),
  })
  const ready = { indexes: false }
  void Promise.all([indexes.inputs.ready, indexes.outputs.ready, models.ready, ...others.map((meter) => meter.ready)])
    .then(() => {
      ready.indexes = true
    })
    .catch(() => undefined)

  const usedInputs = createUsedInputs({
    *jobs() {
      yield* jobs().live()
      for (const { job } of jobs().ended.from(null)) yield job
    },
    read: createJobRecords(directory.output).read,
  })
  const findJob = (id: string) => jobs().find(id)
  const hashes = createContentHashes({
    roots: { inputs: indexes.inputs.root, outputs: indexes.outputs.root },
    file: join(directory.cache, 'contents.log'),
  })
  const candidates = (days: number) =>
    findCandidates(
      { ...indexes, hashes, findJob, usedInputs: usedInputs.paths, now, ...(markOf ? { markOf } : {}) },
      days,
    )

  return {
    ledger,
    usedInputs,
    routes: storageRoutes({
      async settle() {
        await Promise.all([indexes.inputs, indexes.outputs].map((index) => index.settle() ?? index.ready))
      },
      isComplete: () => ready.indexes && !hashes.busy,
      ledger,
      occupancy: () =>
        measureOccupancy({
          ...indexes,
          findJob,
          now,
          counted: () => ({
            models: { bytes: models.bytes, files: models.files },
            trash: { bytes: trash.bytes, files: trash.list().length },
            cache: { bytes: thumbnails.bytes, files: thumbnails.count },
            other: {
              bytes: others.reduce((sum, meter) => sum + meter.bytes, 0),
              files: others.reduce((sum, meter) => sum + meter.files, 0),
            },
          }),
        }),
      candidates,
      trash,
      thumbnails,
      freeSpace: createFreeSpace({
        ...{ indexes, trash, thumbnails, candidates, events },
        trashDirectory: directory.trash,
      }),
    }),
    close() {
      hashes.close()
      for (const meter of [models, ...others]) meter.close()
    },
  }
}
