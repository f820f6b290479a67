/**
 * @file The studio's asset endpoints on the real app, without the pages, the engine and sign-in. `studio.ts <directory>`.
 * Beside them `/loop`: the longest hold of the event loop since it was last asked, in milliseconds; `/scan?root`: how long
 * reading another tree takes, and how long it holds the loop at most.
 */
import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { findProjectRoot } from '#platform/project-root'
import { createInputsIndex } from '#server/assets/inputs-index'
import { createOutputsIndex } from '#server/assets/outputs-index'
import { assetRoutes } from '#server/assets/routes'
import { createTrash } from '#server/assets/trash'
import { fileRoutes } from '#server/files/routes'
import { everyoneIsSignedIn, openToAll } from '#server/http/access'
import { createApp } from '#server/http/app'
import { createLedger } from '#server/storage/ledger'
import { thumbnailRoutes } from '#server/thumbnails/routes'
import { createThumbnailCache } from '#server/thumbnails/thumbnail-cache'
import { createThumbnailProcess, locateWorker } from '#server/thumbnails/thumbnail-process'
import { createThumbnails } from '#server/thumbnails/thumbnails'
import { zipRoutes } from '#server/zip/routes'

const [directory] = process.argv.slice(2) as [string]
const roots = { inputs: join(directory, 'input'), outputs: join(directory, 'output') }
const cacheDirectory = join(directory, 'cache')
for (const path of Object.values(roots)) mkdirSync(path, { recursive: true })

let held = 0
let last = performance.now()
setInterval(() => {
  held = Math.max(held, performance.now() - last - 1)
  last = performance.now()
}, 1)

const app = createApp({ authenticator: everyoneIsSignedIn })
app.get('/loop', { config: openToAll }, async () => {
  const longest = held
  held = 0
  return longest
})

const indexes = {
  inputs: createInputsIndex({ root: roots.inputs }),
  outputs: createOutputsIndex({ root: roots.outputs }),
}
app.get('/ready', { config: openToAll }, async () => {
  await indexes.outputs.ready
  return 'ready'
})
app.get('/scan', { config: openToAll }, async (request) => {
  held = 0
  const began = performance.now()
  const index = createOutputsIndex({ root: (request.query as { root: string }).root })
  await index.ready
  const took = performance.now() - began
  await index.close()
  return { took, held }
})

const trash = createTrash({ directory: join(directory, 'trash'), roots })
const cache = createThumbnailCache({ directory: join(cacheDirectory, 'thumbnails') })
const thumbnails = createThumbnails({
  roots,
  cache,
  process: createThumbnailProcess({ worker: locateWorker(findProjectRoot()) }),
})
const nothing = { bytes: 0 }
const ledger = createLedger({ root: directory, quota: null, stored: { ...indexes, trash, models: nothing, cache } })
const prefix = '/api/admin'
await app.register(
  assetRoutes({
    indexes,
    trash,
    trashDirectory: join(directory, 'trash'),
    ledger,
    events: { append: () => undefined },
    uploadLimits: { maxFileBytes: 2 ** 32, maxFiles: 1000 },
  }),
  { prefix },
)
const noPaths = async () => ({ paths: [], missing: [] })
await app.register(zipRoutes({ roots, cacheDirectory, resolve: { outputs: noPaths, inputs: noPaths } }), { prefix })
await app.register(fileRoutes({ roots }), { prefix })
await app.register(thumbnailRoutes({ indexes, thumbnails }), { prefix })
await app.listen({ port: 0, host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit())
console.log(`listening ${(app.server.address() as AddressInfo).port}`)
