/** @file Wires what belongs to model files; routes and the end are what it gives. */
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Job } from '#contracts/jobs'
import type { StudioDirectory } from '#platform/studio-directory'
import type { EventSink } from '../events/event-log.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { Workflows } from '../workflows/workflows.ts'
import { createSourcePolicy, type SourcePolicyOptions } from './allowed-source.ts'
import { createDownloads } from './downloads.ts'
import { createModelFiles } from './model-files.ts'
import { loadModelHashes } from './model-hashes.ts'
import { createModelLibrary } from './model-library.ts'
import { createModelStore } from './model-store.ts'
import { modelRoutes } from './routes.ts'
import { sweepPartialModels } from './sweep-partials.ts'

export interface ModelsOptions {
  directory: Pick<StudioDirectory, 'models' | 'defaults' | 'database'>
  sources: SourcePolicyOptions
  workflows: Pick<Workflows, 'list'>
  endedJobs: () => Iterable<Job>
  ledger: Ledger
  events: EventSink
  /** Milliseconds since 1970. */
  now: () => number
  /** Milliseconds; see `downloads.ts`. */
  firstPause?: number
}

export interface StudioModels {
  /** Registered under `/api/admin`. */
  routes: FastifyPluginAsync
  close(): Promise<void>
}

export async function createModels(options: ModelsOptions): Promise<StudioModels> {
  const { directory, sources, workflows, endedJobs, ledger, events, now, firstPause } = options
  await sweepPartialModels(directory.models, now())
  const hashes = await loadModelHashes(join(directory.database, 'model-hashes.json'))
  const files = createModelFiles({
    roots: [
      { path: directory.models, shipped: false },
      { path: directory.defaults.models, shipped: true },
    ],
  })
  const store = createModelStore({
    root: directory.models,
    hashes,
    onChanged(folder, file) {
      files.changed()
      events.append('models.changed', 'info', `The models changed: ${folder}/${file}`, { folder, file })
    },
  })
  const downloads = createDownloads({
    ...{ store, ledger, events, now },
    policy: createSourcePolicy(sources),
    ...(firstPause === undefined ? {} : { firstPause }),
  })
  const library = createModelLibrary({
    ...{ files, hashes, endedJobs },
    workflows: async () => (await workflows.list()).workflows,
  })
  return {
    routes: modelRoutes({ library, downloads, store, ledger, hosts: sources.hosts }),
    close: downloads.close,
  }
}
