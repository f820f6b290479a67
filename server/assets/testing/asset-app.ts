/** @file The asset endpoints over real directories, for tests: an app on a free port, a temporary studio, recorded events. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileRoutes } from '../../files/routes.ts'
import { everyoneIsSignedIn } from '../../http/access.ts'
import { createApp } from '../../http/app.ts'
import { createLedger, type LedgerOptions } from '../../storage/ledger.ts'
import { createInputsIndex } from '../inputs-index.ts'
import { createOutputsIndex } from '../outputs-index.ts'
import { assetRoutes } from '../routes.ts'
import { createTrash } from '../trash.ts'

export interface AssetAppOptions {
  quota?: number
  diskSpace?: LedgerOptions['diskSpace']
  maxFileBytes?: number
  maxFiles?: number
  now?: () => Date
  randomHex?: () => string
  /** A directory of its own (another file system); made and removed by the caller. */
  directory?: string
}

export type AssetApp = Awaited<ReturnType<typeof startAssetApp>>

export async function startAssetApp(options: AssetAppOptions = {}) {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'studio-assets-')))
  const roots = { inputs: join(directory, 'assets/input'), outputs: join(directory, 'assets/output') }
  const trashDirectory = join(directory, 'trash')
  for (const path of [roots.inputs, roots.outputs, trashDirectory]) await mkdir(path, { recursive: true })
  const indexes = {
    inputs: createInputsIndex({ root: roots.inputs }),
    outputs: createOutputsIndex({ root: roots.outputs }),
  }
  const trash = createTrash({ directory: trashDirectory, roots })
  const nothing = { bytes: 0 }
  const ledger = createLedger({
    root: directory,
    quota: options.quota ?? null,
    stored: { ...indexes, trash, models: nothing, cache: nothing },
    ...(options.diskSpace && { diskSpace: options.diskSpace }),
  })
  const events: { type: string; data: Record<string, unknown> }[] = []
  const app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(
    assetRoutes({
      indexes,
      trash,
      trashDirectory,
      ledger,
      events: { append: (type, _severity, _message, data) => events.push({ type, data }) },
      uploadLimits: { maxFileBytes: options.maxFileBytes ?? 2 ** 32, maxFiles: options.maxFiles ?? 1000 },
      ...(options.now && { now: options.now }),
      ...(options.randomHex && { randomHex: options.randomHex }),
    }),
    { prefix: '/api/admin' },
  )
  await app.register(fileRoutes({ roots, trash }), { prefix: '/api/admin' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/admin`

  return {
    directory,
    roots,
    indexes,
    trash,
    ledger,
    events,
    /** Without what tells of foreign writes: a test's own are told a second later. */
    get deeds() {
      return events.filter(({ type }) => type !== 'assets.changed')
    },
    url,
    get: (path: string, init?: RequestInit) => fetch(url + path, init),
    post: (path: string, body: unknown) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    /** Writes a file below the input or output root as something outside the studio would. */
    async write(path: string, content: string | Uint8Array = 'x') {
      const target = join(directory, 'assets', path)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content)
      return target
    },
    async close() {
      app.server.closeAllConnections()
      await app.close()
      await Promise.all([indexes.inputs.close(), indexes.outputs.close()])
      if (!options.directory) await rm(directory, { recursive: true, force: true })
    },
  }
}
