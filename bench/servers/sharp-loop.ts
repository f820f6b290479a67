/** @file The least a thumbnail can cost: sharp alone, as many at a time as there are cores. `sharp-loop.ts <picture> <count>` */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { renderImage, restrictSharp } from '#server/thumbnails/render-image'

const [path, count] = process.argv.slice(2) as [string, string]
restrictSharp()
await renderImage(await readFile(path), 480)
const began = performance.now()
let left = Number(count)
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    while (left-- > 0) await renderImage(await readFile(path), 320)
  }),
)
console.log(Number(count) / ((performance.now() - began) / 1000))
