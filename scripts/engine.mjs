/** @file `npm run engine -- <flags>`: the engine alone, with ComfyUI's own flags (`--help` lists them). */
import { ensureBuilt, ensureInstalled } from './prepare.mjs'

await ensureInstalled()
await ensureBuilt()
process.env.NODE_ENV = 'production'
await import('../dist/engine/main.js')
