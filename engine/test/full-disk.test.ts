/** @file A disk that is really full: a small file system, where this machine lets a test mount one. */
import { execFileSync } from 'node:child_process'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { jobRecordSchema } from '#contracts/jobs'
import { savePicture } from './graphs.ts'
import { makeDirectory, startEngine } from './harness.ts'

const mountPoint = await makeDirectory()
const mounted = tryMount(mountPoint)

afterAll(async () => {
  if (mounted) execFileSync('umount', ['-l', mountPoint])
  await rm(mountPoint, { recursive: true, force: true })
})

describe.skipIf(!mounted)('a disk that is full', () => {
  it('fails jobs in words, leaves no half file and no marker, and works again when there is space', async () => {
    const engine = await startEngine({ flags: ['--output-directory', mountPoint] })
    try {
      await engine.run(savePicture(1))
      const ballast = join(mountPoint, 'ballast')
      await fill(ballast)

      const socket = await engine.connect()
      const { promptId, job } = await engine.queue(savePicture(2), { client_id: socket.id })
      await socket.until((event) => event.type === 'executing' && event.data.node === null)
      const error = socket.ofRun(promptId).find((event) => event.type === 'execution_error')!
      expect(error.data.exception_message).toMatch(/disk is full/i)
      expect(await engine.get(`/api/jobs/${promptId}`)).toMatchObject({ status: 'failed' })
      const left = await readdir(join(mountPoint, job), { recursive: true }).catch((): string[] => [])
      expect(left.filter((name) => name.includes('.tmp-') || name.includes('.incomplete'))).toEqual([])
      expect(left.filter((name) => name.endsWith('.png'))).toEqual([])

      await rm(ballast)
      const after = await engine.run(savePicture(3))
      expect(after.entry.status.completed).toBe(true)
      // What could not be recorded while the disk was full is recorded now.
      await engine.until(async () => {
        const text = await readFile(join(mountPoint, job, 'job.json'), 'utf8').catch(() => null)
        return text !== null && jobRecordSchema.parse(JSON.parse(text)).status === 'failed'
      })
    } finally {
      await engine.stop()
    }
  })

  it('refuses an upload in words and stores nothing of it', async () => {
    const engine = await startEngine({ flags: ['--input-directory', join(mountPoint, 'input')] })
    try {
      const form = new FormData()
      form.append('image', new Blob([new Uint8Array(4 * 1024 * 1024)]), 'big.bin')
      const response = await engine.fetch('/upload/image', { method: 'POST', body: form })
      expect(response.status).toBe(507)
      expect(await response.json()).toEqual({ error: expect.stringMatching(/disk is full/) })
      expect(await readdir(join(mountPoint, 'input'))).toEqual([])
    } finally {
      await engine.stop()
    }
  })
})

/** Takes every block that is left. */
async function fill(path: string): Promise<void> {
  for (let size = 512 * 1024; size >= 1; size = Math.floor(size / 2)) {
    for (let full = false; !full; ) {
      await writeFile(path, Buffer.alloc(size), { flag: 'a' }).catch(() => {
        full = true
      })
    }
  }
}

function tryMount(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
