/**
 * @file Uploads in parts: each is known by an id, grows by appending at its end, and becomes a visible input when its last
 * byte is durable. One writer at a time; whoever comes later takes over, since the earlier connection is most likely dead.
 */
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { UnfinishedUpload, UploadMetadata, UploadRecord } from '#contracts/uploads'
import { syncDirectory } from '#platform/files/durable-write'
import type { SniffedType } from '#platform/media-type'
import { publishUpload } from '../assets/publish-upload.ts'
import { refusals } from '../assets/upload-bytes.ts'
import { StudioError } from '../http/errors.ts'
import type { ByteCount, Ledger } from '../storage/ledger.ts'
import { appendBytes, type Checksum, sniffFile } from './append-bytes.ts'
import { createUploadFiles } from './upload-files.ts'

export interface Upload {
  readonly record: UploadRecord
  /** Bytes that are here and durable, or being written right now. */
  readonly offset: number
  /** It has its visible name, `record.stored_as`. */
  readonly stored: boolean
  /** Milliseconds since 1970; null once it is stored. */
  readonly expiresAt: number | null
}

export interface Part {
  /** Where the client believes the upload ends. */
  offset: number
  /** Bytes of the part, where they were announced. */
  length: number | null
  checksum: Checksum | null
  body: Readable
}

export interface UploadsOptions {
  /** Absolute path of the input directory; `directory` is on the same file system. */
  inputDirectory: string
  /** Absolute path where what is unfinished lies. */
  directory: string
  maxFileBytes: number
  now?: () => Date
  /** Six hexadecimal digits. */
  randomHex?: () => string
}

export interface Uploads extends ByteCount {
  /** Reads what an earlier process left, and finishes what only lacked its name. @returns names that became visible */
  load(): Promise<string[]>
  /** @throws StudioError `invalid_request`, `payload_too_large`, `insufficient_storage`, `too_many_requests` */
  create(size: number, metadata: UploadMetadata, ledger: Ledger): Promise<Upload>
  /** Ends whoever is writing and gives the upload as it is then. @throws StudioError `not_found` */
  settle(id: string): Promise<Upload>
  /**
   * @returns the upload, and whether this part made it visible
   * @throws StudioError `not_found`, `conflict` (other offset), `payload_too_large`, `insufficient_storage`,
   * `checksum_mismatch` (nothing of the part is kept), `invalid_request` (no picture or video: the upload is gone)
   */
  append(id: string, part: Part, ledger: Ledger): Promise<{ upload: Upload; published: string | null }>
  /** Removes an upload and its bytes; the stored file of a finished one stays. @throws StudioError `not_found` */
  remove(id: string): Promise<void>
  /** Everything that is not stored yet, oldest first. */
  list(): UnfinishedUpload[]
  /** Forgets what nobody went on with. */
  sweep(): Promise<void>
}

const day = 86_400_000
/** How long an answer that got lost can be asked for again. */
const rememberStored = 3_600_000
/** Unfinished uploads at a time; far more than pages send, few enough for the disk. */
const maxUnfinished = 1000

interface Entry extends Upload {
  record: UploadRecord
  offset: number
  stored: boolean
  expiresAt: number | null
  touchedAt: number
  type: SniffedType | null
  /** Whoever works on it now. */
  work: { stop: AbortController; ended: Promise<unknown> } | null
}

export function createUploads({ inputDirectory, directory, maxFileBytes, ...options }: UploadsOptions): Uploads {
  const now = options.now ?? (() => new Date())
  const randomHex = options.randomHex ?? (() => randomBytes(3).toString('hex'))
  const files = createUploadFiles(directory)
  const entries = new Map<string, Entry>()

  const requireEntry = (id: string): Entry => {
    const entry = entries.get(id)
    if (!entry)
      throw new StudioError('not_found', 'No such upload: it was cancelled, or nobody went on with it for a day')
    return entry
  }
  const touch = (entry: Entry, at = now().getTime()) => {
    entry.touchedAt = at
    entry.expiresAt = entry.stored ? null : at + day
  }

  /** Stops whoever works on the upload, then works on it alone. */
  async function alone<T>(id: string, work: (entry: Entry, signal: AbortSignal) => Promise<T>): Promise<T> {
    let entry = requireEntry(id)
    while (entry.work) {
      entry.work.stop.abort(new StudioError('conflict', 'Another request went on with this upload'))
      await entry.work.ended
      entry = requireEntry(id)
    }
    const stop = new AbortController()
    const running = work(entry, stop.signal)
    entry.work = { stop, ended: running.catch(() => undefined) }
    try {
      return await running
    } finally {
      entry.work = null
    }
  }

  async function drop(entry: Entry): Promise<void> {
    entries.delete(entry.record.id)
    await files.remove(entry.record.id)
  }

  /** Refuses what is no picture or video, as soon as enough is here to tell. */
  async function judge(entry: Entry): Promise<void> {
    entry.type ??= await sniffFile(files.bytesPath(entry.record.id))
    if (entry.type) return
    await drop(entry)
    throw new StudioError('invalid_request', refusals.kind)
  }

  /** All bytes are here: gives the file its visible name. @returns the name, or null when it had one */
  async function finish(entry: Entry): Promise<string | null> {
    if (entry.stored) return null
    await judge(entry)
    const { id, name: original } = entry.record
    const name = await publishUpload(
      { original, temporary: files.bytesPath(id), type: entry.type! },
      {
        directory: inputDirectory,
        time: now(),
        randomHex,
        // Remembered first: a process killed right after the move must not store the file a second time.
        onName: async (taken) => {
          entry.record = { ...entry.record, stored_as: taken }
          await files.saveRecord(entry.record)
        },
      },
    )
    await syncDirectory(inputDirectory)
    entry.stored = true
    touch(entry)
    return name
  }

  /** Whether the bytes already have the name that was chosen for them. */
  async function isLinked({ record }: Entry): Promise<boolean> {
    if (record.stored_as === null) return false
    const [hidden, visible] = await Promise.all(
      [files.bytesPath(record.id), join(inputDirectory, record.stored_as)].map((path) =>
        stat(path, { bigint: true }).catch(() => null),
      ),
    )
    return hidden != null && visible != null && hidden.ino === visible.ino && hidden.dev === visible.dev
  }

  return {
    get bytes() {
      let bytes = 0
      for (const { stored, offset } of entries.values()) if (!stored) bytes += offset
      return bytes
    },
    async load() {
      const published: string[] = []
      for (const { record, offset, touchedAt } of await files.load()) {
        const stored = offset === null
        const entry: Entry = {
          record,
          offset: offset ?? record.size,
          stored,
          touchedAt,
          expiresAt: stored ? null : touchedAt + day,
          type: null,
          work: null,
        }
        if (entry.offset > record.size || (await isLinked(entry))) {
          // Linked already: only the hidden name was left. Longer than announced: nothing that we wrote.
          await files.remove(record.id)
          continue
        }
        entries.set(record.id, entry)
        if (stored || entry.offset < record.size) continue
        const name = await finish(entry).catch(() => null)
        if (name !== null) published.push(name)
      }
      return published
    },
    async create(size, metadata, ledger) {
      if (size === 0) throw new StudioError('invalid_request', refusals.empty)
      if (size > maxFileBytes) throw new StudioError('payload_too_large', refusals.tooLarge(maxFileBytes))
      const unfinished = [...entries.values()].filter(({ stored }) => !stored).length
      if (unfinished >= maxUnfinished) {
        throw new StudioError(
          'too_many_requests',
          `${unfinished} uploads are unfinished: go on with them or cancel them`,
        )
      }
      ;(await ledger.reserve(size)).release()
      const time = now().getTime()
      const record: UploadRecord = {
        id: randomBytes(16).toString('hex'),
        name: metadata.filename,
        size,
        modified: metadata.modified ?? null,
        created_at: time / 1000,
        stored_as: null,
      }
      await files.create(record)
      const entry: Entry = {
        record,
        offset: 0,
        stored: false,
        touchedAt: time,
        expiresAt: time + day,
        type: null,
        work: null,
      }
      entries.set(record.id, entry)
      return entry
    },
    settle: (id) =>
      alone(id, async (entry) => {
        // A last part whose name could not be given then gets another chance.
        if (!entry.stored && entry.offset === entry.record.size) await finish(entry)
        return entry
      }),
    append: (id, part, ledger) =>
      alone(id, async (entry, signal) => {
        const { size } = entry.record
        if (part.offset !== entry.offset) {
          throw new StudioError('conflict', `The upload is at ${entry.offset}, not at ${part.offset}`)
        }
        if (part.length !== null && part.offset + part.length > size) {
          throw new StudioError('payload_too_large', `The upload has only ${size} bytes`)
        }
        try {
          await appendBytes(files.bytesPath(id), part, {
            limit: size - entry.offset,
            ledger,
            signal,
            afterHead: () => judge(entry),
            onWritten: (offset) => {
              entry.offset = offset
            },
          })
        } finally {
          touch(entry)
        }
        return { upload: entry, published: entry.offset === size ? await finish(entry) : null }
      }),
    remove: (id) => alone(id, drop),
    list: () =>
      [...entries.values()]
        .filter(({ stored }) => !stored)
        .sort((a, b) => a.record.created_at - b.record.created_at)
        .map(({ record, offset, work, expiresAt }) => ({
          id: record.id,
          name: record.name,
          size: record.size,
          offset,
          modified: record.modified,
          active: work !== null,
          expires_at: expiresAt! / 1000,
        })),
    async sweep() {
      const time = now().getTime()
      for (const entry of [...entries.values()]) {
        const rest = time - entry.touchedAt
        if (!entry.work && rest >= (entry.stored ? rememberStored : day)) await drop(entry)
      }
    },
  }
}
