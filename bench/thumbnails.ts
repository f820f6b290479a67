/** @file T1: thumbnails through HTTP, queue and child against a bare sharp loop; kept ones against made ones. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import type { BenchContext } from './main.ts'
import { requestsPerCpuSecond } from './measure/load.ts'
import { type Figure, median, ratioOf } from './measure/numbers.ts'
import { startScript } from './measure/server-process.ts'

const run = promisify(execFile)

export async function benchThumbnails({ directory, size, rounds }: BenchContext): Promise<Figure[]> {
  const pictures = size === 'full' ? 60 : 24
  const tree = join(directory, 'pictures')
  mkdirSync(join(tree, 'input'), { recursive: true })
  const source = join(tree, 'source.png')
  await sharp('studio-data/defaults/input/coffee.png').resize(1632, 1224, { fit: 'fill' }).png().toFile(source)
  for (let n = 0; n < pictures; n++) copyFileSync(source, join(tree, 'input', `${n}.png`))

  const ours: number[] = []
  const bare: number[] = []
  const kept: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { stdout } = await run(process.execPath, [
      '--import',
      'tsx',
      'bench/servers/sharp-loop.ts',
      source,
      String(pictures),
    ])
    bare.push(Number(stdout))

    rmSync(join(tree, 'cache'), { recursive: true, force: true })
    const studio = await startScript('studio.ts', tree)
    try {
      const url = (n: number) => `http://127.0.0.1:${studio.port}/api/admin/thumbnails/inputs/${n}.png?w=320`
      // The child starts with the first picture; its start is not what is measured.
      await (await fetch(`${url(0)}&w=320`.replace('w=320&w=320', 'w=480'))).arrayBuffer()
      const began = performance.now()
      await Promise.all(Array.from({ length: pictures }, async (_, n) => (await fetch(url(n))).arrayBuffer()))
      ours.push(pictures / ((performance.now() - began) / 1000))
      const path = '/api/admin/thumbnails/inputs/0.png?w=320'
      kept.push(await requestsPerCpuSecond({ server: studio, path, milliseconds: 2000 }))
    } finally {
      await studio.stop()
    }
  }
  return [
    {
      id: 'T1',
      what: 'thumbnails a second / bare sharp loop',
      value: ratioOf(ours, bare),
      goal: { atLeast: 0.85 },
      detail: `PNG 1632×1224 to 320: ${median(ours).toFixed(1)} against ${median(bare).toFixed(1)} a second`,
    },
    {
      id: 'T1b',
      what: 'kept / made thumbnails a second',
      value: ratioOf(kept, ours),
      goal: { atLeast: 50 },
      detail: `${median(kept).toFixed(0)} per CPU second when kept`,
    },
  ]
}
