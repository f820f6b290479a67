/** @file N1: small answers of the byte and thumbnail endpoints against plain http. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { BenchContext } from './main.ts'
import { requestsPerCpuSecond } from './measure/load.ts'
import { type Figure, median, ratioOf } from './measure/numbers.ts'
import { startScript } from './measure/server-process.ts'

export async function benchRequests({ directory, rounds }: BenchContext): Promise<Figure[]> {
  const tree = join(directory, 'small-files')
  mkdirSync(join(tree, 'input'), { recursive: true })
  const small = join(tree, 'input', 'small.png')
  await sharp('studio-data/defaults/input/coffee.png').resize(64).png({ palette: true }).toFile(small)
  copyFileSync('studio-data/defaults/input/coffee.png', join(tree, 'input', 'photo.png'))

  const found: Record<'constant' | 'read' | 'bytes' | 'unchanged' | 'thumbnail', number[]> = {
    constant: [],
    read: [],
    bytes: [],
    unchanged: [],
    thumbnail: [],
  }
  for (let round = 0; round < rounds; round++) {
    const studio = await startScript('studio.ts', tree)
    const baseline = await startScript('baseline.ts')
    try {
      const milliseconds = 2000
      const filePath = '/api/admin/files/inputs/small.png'
      const thumbnailPath = '/api/admin/thumbnails/inputs/photo.png?w=320'
      const first = await fetch(`http://127.0.0.1:${studio.port}${filePath}`)
      await first.arrayBuffer()
      await (await fetch(`http://127.0.0.1:${studio.port}${thumbnailPath}`)).arrayBuffer()
      const ours = (path: string, headers: Record<string, string> = {}) =>
        requestsPerCpuSecond({ server: studio, path, headers, milliseconds })
      const plain = (path: string) => requestsPerCpuSecond({ server: baseline, path, milliseconds })
      found.constant.push(await plain('/constant'))
      found.read.push(await plain(`/read?path=${encodeURIComponent(small)}`))
      found.bytes.push(await ours(filePath))
      found.unchanged.push(await ours(filePath, { 'if-none-match': first.headers.get('etag')! }))
      found.thumbnail.push(await ours(thumbnailPath))
    } finally {
      await studio.stop()
      await baseline.stop()
    }
  }
  const rate = (values: number[]) => `${median(values).toFixed(0)} per CPU second`
  return [
    {
      id: 'N1',
      what: 'small file / plain http that reads it',
      value: ratioOf(found.bytes, found.read),
      goal: { atLeast: 0.5 },
      detail: `${rate(found.bytes)} against ${rate(found.read)}; 304: ${rate(found.unchanged)}; a constant by plain http: ${rate(found.constant)}`,
    },
    {
      id: 'N1b',
      what: 'kept thumbnail / plain http with a constant',
      value: ratioOf(found.thumbnail, found.constant),
      goal: { atLeast: 0.5 },
      detail: `${rate(found.thumbnail)} against ${rate(found.constant)}`,
    },
  ]
}
