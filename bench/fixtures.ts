/** @file The trees that are measured: made once per size, below a temporary directory that is removed at the end. */
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { JobFile, JobRecord } from '#contracts/jobs'

/** A seeded generator (mulberry32): the same tree on every machine. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const mebibyte = 1024 * 1024

/** Jobs with pictures of 1–3 MiB and a video of 5–30 MiB each, random bytes. @returns bytes written */
export function makeMediaTree(root: string, jobs: number): number {
  const random = createRandom(1)
  let bytes = 0
  const write = (path: string, size: number) => {
    writeFileSync(path, randomBytes(size))
    bytes += size
  }
  for (let n = 0; n < jobs; n++) {
    const job = join(root, folderName(n))
    for (const kind of ['final', 'preview', 'intermediate']) mkdirSync(join(job, kind), { recursive: true })
    for (let p = 1; p <= 3; p++)
      write(join(job, 'preview', `preview_0000${p}.png`), mebibyte + Math.floor(random() * 2 * mebibyte))
    if (n % 2) write(join(job, 'final', 'final_00001.mp4'), 5 * mebibyte + Math.floor(random() * 25 * mebibyte))
    else write(join(job, 'final', 'final_00001.png'), mebibyte + Math.floor(random() * 2 * mebibyte))
  }
  return bytes
}

/** Many jobs with six tiny files each. */
export function makeManyJobs(root: string, jobs: number): void {
  for (let n = 0; n < jobs; n++) {
    const job = join(root, folderName(n))
    for (const kind of ['final', 'preview', 'intermediate']) mkdirSync(join(job, kind), { recursive: true })
    writeFileSync(join(job, 'job.json'), '{"outputs":[]}')
    writeFileSync(join(job, 'final', 'final_00001.png'), 'picture')
    for (let p = 1; p <= 3; p++) writeFileSync(join(job, 'preview', `preview_0000${p}.png`), 'preview')
    writeFileSync(join(job, 'intermediate', 'intermediate_00001.mp4'), 'video')
  }
}

const shapes = [
  [640, 426],
  [426, 640],
  [512, 512],
  [720, 405],
] as const
const namesOfKinds = [
  ...Array.from({ length: 4 }, () => 'final' as const),
  ...Array.from({ length: 6 }, () => 'preview' as const),
  ...Array.from({ length: 7 }, () => 'intermediate' as const),
]

/** Finished jobs with records and 17 real pictures each, of four shapes. @returns files */
export async function makeGallery(root: string, jobs: number): Promise<number> {
  mkdirSync(join(root, '.pictures'), { recursive: true })
  const pictures = await Promise.all(
    shapes.map(async ([width, height], n) => {
      const path = join(root, '.pictures', `${n}.png`)
      await sharp('studio-data/defaults/input/coffee.png').resize(width, height, { fit: 'cover' }).toFile(path)
      return { path, width, height, size: statSync(path).size }
    }),
  )
  const random = createRandom(7)
  for (let n = 0; n < jobs; n++) {
    const id = folderName(n)
    for (const kind of ['final', 'preview', 'intermediate']) mkdirSync(join(root, id, kind), { recursive: true })
    const outputs: JobFile[] = namesOfKinds.map((kind, index) => {
      const picture = pictures[Math.floor(random() * pictures.length)]!
      const filename = `${kind}_${String(index + 1).padStart(5, '0')}.png`
      linkSync(picture.path, join(root, id, kind, filename))
      const { width, height, size } = picture
      return {
        ...{ filename, subfolder: `${id}/${kind}`, kind, media: 'image', node_id: '4', size, crc32: 0 },
        ...{ modified_ns: '0', width, height, duration: null },
      }
    })
    const created = Date.UTC(2026, 0, 1) / 1000 + n * 60
    const record: JobRecord = {
      ...{
        version: 1,
        id,
        prompt_id: id,
        status: 'completed',
        number: n,
        client_id: null,
        retry_of: null,
        error: null,
      },
      ...{ workflow: { id: 'upscale-2x', name: 'Enlarge 2×' }, inputs: { image: 'coffee.png' }, seeds: {} },
      ...{ created_at: created, started_at: created, finished_at: created + 5, outputs, outputs_to_execute: ['4'] },
      ...{ prompt: {}, extra_data: {}, history: null },
    }
    writeFileSync(join(root, id, 'job.json'), JSON.stringify(record))
  }
  return jobs * namesOfKinds.length
}

function folderName(n: number): string {
  const time = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString()
  const hex = n.toString(16).padStart(6, '0')
  return `${time.slice(0, 10).replaceAll('-', '')}_${time.slice(11, 19).replaceAll(':', '')}_${hex}`
}
