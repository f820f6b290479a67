/**
 * @file Finds out the hash of files that became assets without one: results of runs and what lies in the input directory, one
 * file at a time. Model files are left alone: reading a volume full of them would be in the way of what people do.
 */
import { hashFile } from './content-hash.ts'
import { readFileFacts } from './file-facts.ts'
import { type FileRecords, isSameFile } from './file-records.ts'

/** Milliseconds after which a file that was found is taken for finished. */
const settleTime = 10_000

export function createBackgroundHasher({ records, now }: { records: FileRecords; now: () => number }) {
  const stopping = new AbortController()
  let running: Promise<void> | null = null
  let again = false

  async function hashAll(): Promise<void> {
    for (let last = 0; !stopping.signal.aborted; ) {
      const asset = records.nextUnhashed(last, now() - settleTime)
      if (!asset?.file) return
      last = asset.number
      if (asset.file.root === 'models') continue
      const hash = await hashFile(asset.file.path, stopping.signal).catch(() => null)
      const facts = await readFileFacts(asset.file.path, asset.file.root)
      // A file that changed while it was read is the next scan's to judge.
      if (hash !== null && facts !== null && isSameFile(asset, facts)) records.learnHash(asset, hash)
    }
  }

  return {
    /** Looks for files to hash, now or after the one at work. Returns at once. */
    wake(): void {
      again = true
      running ??= (async () => {
        while (again && !stopping.signal.aborted) {
          again = false
          await hashAll()
        }
      })().finally(() => {
        running = null
      })
    },

    async close(): Promise<void> {
      stopping.abort()
      await running
    },
  }
}
