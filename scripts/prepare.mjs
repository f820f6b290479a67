/**
 * @file What every command needs first: packages installed as the lock file says, bundles and pages built from the
 * sources as they are. Plain Node, since nothing is installed yet when it runs. Does nothing when nothing changed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** What the built product is made of. Tests and documents do not count. */
const sources = ['app', 'server', 'engine', 'contracts', 'platform', 'public']
const buildFiles = [
  'package-lock.json',
  'package.json',
  'next.config.mjs',
  'postcss.config.mjs',
  'tsconfig.json',
  'scripts/build.mjs',
  'scripts/pack-pages.mjs',
]

/** Ends the process with a sentence when this Node is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 10)) return
  console.error(`Pod Studio needs Node 20.10 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

/** `npm ci` when the lock file changed since the last install, or when there was none. */
export async function ensureInstalled() {
  requireNode()
  const stamp = join(projectRoot, 'node_modules', '.studio-install')
  const wanted = hashFiles(['package-lock.json'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log('Installing packages ...')
  // Without this onnxruntime-node's install step fetches the CUDA libraries and fails where it cannot.
  const environment = { ONNXRUNTIME_NODE_INSTALL: 'skip', ...process.env }
  // The build needs the development packages too, whatever NODE_ENV says.
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], environment)
  writeFileSync(stamp, wanted)
}

/** Bundles and pages, when a source changed since the last build. */
export async function ensureBuilt() {
  const stamp = join(projectRoot, 'dist', '.studio-build')
  const wanted = hashFiles([...buildFiles, ...sources.flatMap((folder) => filesBelow(folder))])
  if (existsSync(stamp) && existsSync(join(projectRoot, '.next', 'BUILD_ID')) && readFileSync(stamp, 'utf8') === wanted)
    return
  console.log('Building ...')
  run('npm', ['run', 'build', '--silent'], { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' })
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

function run(command, args, env) {
  const { status, error } = spawnSync(command, args, { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'], env })
  if (status === 0) return
  console.error(`"${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ''}.`)
  process.exit(1)
}

function hashFiles(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(projectRoot, file)))
  return hash.digest('hex')
}

function filesBelow(folder) {
  const found = []
  // git keeps no empty folders.
  if (!existsSync(join(projectRoot, folder))) return found
  for (const entry of readdirSync(join(projectRoot, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...filesBelow(path))
    else if (!/\.test\.tsx?$|\.md$/.test(entry.name)) found.push(path)
  }
  return found.sort()
}
