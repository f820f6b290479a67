/**
 * @file Packs the scripts and styles that `next build` made: `a.js.br` and `a.js.gz` beside `a.js`, each only where it is
 * smaller. Once per build and with all effort, so that no request waits for it. `server/pages/packed-assets.ts` sends them.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const directory = '.next/static'
const packers = {
  '.br': (bytes) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
  '.gz': (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
}

const entries = await readdir(directory, { recursive: true, withFileTypes: true })
const files = entries
  .filter((entry) => entry.isFile() && /\.(js|css)$/.test(entry.name))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

await Promise.all(
  files.map(async (file) => {
    const bytes = await readFile(file)
    for (const [ending, pack] of Object.entries(packers)) {
      const packed = await pack(bytes)
      if (packed.length < bytes.length) await writeFile(file + ending, packed)
    }
  }),
)
