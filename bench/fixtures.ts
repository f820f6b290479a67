/** @file The trees that are measured: made once per size, below a temporary directory that is removed at the end. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

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

function folderName(n: number): string {
  const time = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString()
  const hex = n.toString(16).padStart(6, '0')
  return `${time.slice(0, 10).replaceAll('-', '')}_${time.slice(11, 19).replaceAll(':', '')}_${hex}`
}
