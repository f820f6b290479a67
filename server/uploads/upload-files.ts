/**
 * @file Unfinished uploads on the disk: `<id>.json` (what it is) and `<id>` (the bytes so far; their count is the offset).
 * A record is durable before its first byte, so a process that is killed leaves nothing that the next one does not know.
 */
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type UploadRecord, uploadRecordSchema } from '#contracts/uploads'
import { syncDirectory, writeFileDurably } from '#platform/files/durable-write'

/** A record and its bytes, as they were found. */
export interface FoundUpload {
  record: UploadRecord
  /** Bytes that are here; null when the file is gone (it has its visible name by now). */
  offset: number | null
  /** Milliseconds since 1970. */
  touchedAt: number
}

export interface UploadFiles {
  /** Absolute path of an upload's bytes. */
  bytesPath(id: string): string
  /** Makes an empty upload. */
  create(record: UploadRecord): Promise<void>
  saveRecord(record: UploadRecord): Promise<void>
  /** Removes bytes and record, in this order. */
  remove(id: string): Promise<void>
  /** Everything that is here; what belongs to no record is removed. */
  load(): Promise<FoundUpload[]>
}

const recordEnding = '.json'

/** @param directory - absolute path; made when it is needed */
export function createUploadFiles(directory: string): UploadFiles {
  const bytesPath = (id: string) => join(directory, id)
  const recordPath = (id: string) => join(directory, id + recordEnding)

  async function read(id: string): Promise<FoundUpload | null> {
    try {
      const record = uploadRecordSchema.parse(JSON.parse(await readFile(recordPath(id), 'utf8')))
      if (record.id !== id) return null
      const bytes = await stat(bytesPath(id)).catch(() => null)
      if (!bytes && record.stored_as === null) return null
      const touchedAt = bytes?.mtimeMs ?? (await stat(recordPath(id))).mtimeMs
      return { record, offset: bytes?.size ?? null, touchedAt }
    } catch {
      return null
    }
  }

  return {
    bytesPath,
    async create(record) {
      await mkdir(directory, { recursive: true })
      await (await open(bytesPath(record.id), 'wx')).close()
      await writeFileDurably(recordPath(record.id), JSON.stringify(record))
    },
    saveRecord: (record) => writeFileDurably(recordPath(record.id), JSON.stringify(record)),
    async remove(id) {
      await rm(bytesPath(id), { force: true })
      await rm(recordPath(id), { force: true })
      await syncDirectory(directory)
    },
    async load() {
      const found: FoundUpload[] = []
      const names = await readdir(directory).catch(() => [])
      for (const name of names.filter((each) => each.endsWith(recordEnding))) {
        const upload = await read(name.slice(0, -recordEnding.length))
        if (upload) found.push(upload)
      }
      const known = new Set(found.flatMap(({ record }) => [record.id, record.id + recordEnding]))
      for (const name of names.filter((each) => !known.has(each))) {
        await rm(join(directory, name), { recursive: true, force: true })
      }
      return found
    },
  }
}
