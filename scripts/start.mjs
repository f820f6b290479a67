/**
 * @file `npm start`: makes a fresh checkout runnable (packages, build) and becomes the studio. Plain Node: nothing is
 * installed yet when it runs. The studio runs in this very process, so that signals reach it without a middleman.
 */
import { ensureBuilt, ensureInstalled } from './prepare.mjs'

await ensureInstalled()
await ensureBuilt()
process.env.NODE_ENV = 'production'
await import('../dist/server/main.js')
