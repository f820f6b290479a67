/** @file The models of a studio behind real HTTP, for tests: downloads come from this machine, one workflow asks for two files. */
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { everyoneIsSignedIn } from '../../http/access.ts'
import { createApp } from '../../http/app.ts'
import { createLedger } from '../../storage/ledger.ts'
import { createModels } from '../create-models.ts'

/** Serves the models below `directory` on a free port of this machine, for everyone. */
export async function startModels(directory: string, quota: number | null) {
  const nothing = { bytes: 0 }
  /** What people are told. */
  const told: string[] = []
  const models = await createModels({
    directory: {
      models: join(directory, 'models'),
      database: directory,
      defaults: { models: join(directory, 'shipped'), workflows: '', input: '' },
    },
    sources: { hosts: ['127.0.0.1'], trustLocal: true },
    workflows: {
      list: async () => ({
        workflows: [
          {
            ...{ id: 'w', name: 'Portrait', description: '', category: '', inputs: [], outputs: [], ready: false },
            models: [
              { folder: 'clip', file: 'there.safetensors' },
              { folder: 'vae', file: 'gone.safetensors', size: 5000, license: 'MIT' },
            ],
            ...{ missing: { models: [], nodes: [] }, shipped: false },
          },
        ],
        broken: [],
      }),
    },
    endedJobs: () => [],
    ledger: createLedger({
      root: directory,
      quota,
      stored: { inputs: nothing, outputs: nothing, trash: nothing, models: nothing, cache: nothing },
      diskSpace: async () => ({ free: 1e12, total: 2e12 }),
    }),
    events: { append: (_type, _severity, message) => told.push(message) as never },
    now: Date.now,
    firstPause: 5,
  })
  const app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(models.routes, { prefix: '/api/admin' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/admin`
  return { models, app, url, told }
}

export type ServedModels = Awaited<ReturnType<typeof startModels>>
