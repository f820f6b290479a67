/**
 * @file `npm run dev`: the studio from its sources. Pages are compiled as they are edited (Next's development server
 * inside our own); a change of anything else starts the processes again.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ensureInstalled, projectRoot } from './prepare.mjs'

await ensureInstalled()
const { watch } = await import('chokidar')

/** Folders whose code runs in our processes; `app/` is Next's to watch. */
const watched = ['server', 'engine', 'contracts', 'platform'].map((folder) => join(projectRoot, folder))

let studio = null
let ending = false
let restarting = null

function start() {
  const child = spawn(process.execPath, ['--import', 'tsx', join(projectRoot, 'server', 'main.ts')], {
    cwd: projectRoot,
    stdio: 'inherit',
    env: { STUDIO_LOG_LEVEL: 'info', NEXT_TELEMETRY_DISABLED: '1', ...process.env, NODE_ENV: 'development' },
  })
  studio = child
  child.once('exit', (code, signal) => {
    studio = null
    if (ending) process.exit(code ?? 0)
    if (!restarting) console.log(`The studio ended (${signal ?? code}). It starts again with the next change.`)
  })
}

async function restart(path) {
  console.log(`${path} changed: starting again`)
  if (studio) {
    const ended = once(studio, 'exit')
    studio.kill('SIGTERM')
    await ended
  }
  restarting = null
  start()
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    ending = true
    if (studio) studio.kill(signal)
    else process.exit(0)
  })
}

start()
watch(watched, { ignoreInitial: true, ignored: (path) => path.endsWith('.test.ts') }).on('all', (_event, path) => {
  // Several files of one save are one restart.
  restarting ??= new Promise((resolve) => setTimeout(resolve, 200)).then(() => restart(path))
})
