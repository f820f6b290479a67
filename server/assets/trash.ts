/**
 * @file The trash: what was deleted with a way back. An entry is a folder `trash/<id>/` with `entry.json` (what it was) and
 * `item` (the file or folder itself, moved by rename). The record is durable before the item moves.
 */
import { randomBytes } from 'node:crypto'
import { lstatSync, type Stats } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type AssetType, type TrashEntry, type TrashFile, trashEntrySchema } from '#contracts/assets'
import { mediaKindOfName } from '#contracts/media'
import { parseRelativePath } from '#contracts/relative-path'
import { syncDirectory, writeFileDurably } from '#platform/files/durable-write'
import { jobRecordName } from '#platform/studio-directory'
import { measureBytes } from '../storage/directory-meter.ts'
import type { ByteCount } from '../storage/ledger.ts'
import { inSlices } from '../storage/slices.ts'
import { deletingPrefix } from './delete-assets.ts'
import { isFreeOfLinks, lstatOrNull } from './find-entry.ts'
import { scanFolder } from './folder-scan.ts'
import { outputKindOf } from './studio-folder.ts'
import { compactTime } from './upload-name.ts'

export interface TrashOptions {
  /** Absolute path, on the file system of the asset roots. */
  directory: string
  roots: Record<AssetType, string>
  now?: () => Date
}

export interface TrashResult {
  done: TrashEntry[]
  /** `<id>: <reason>` */
  errors: string[]
}

export interface Trash extends ByteCount {
  /** Fulfilled when what lies in the trash is known. */
  readonly ready: Promise<void>
  /** Newest first. */
  list(): TrashEntry[]
  readonly directory: string
  /**
   * Which file `<id>/<name>[/<path>]` means: `segments` of where it lies below the directory, and what it `was`. Null when there is
   * no such entry; whether the file is there is not looked at.
   */
  find(segments: readonly string[]): { segments: string[]; was: { type: AssetType; segments: string[] } } | null
  /** The pictures and videos of an entry, in path order; of a single file itself. Null when there is no such entry. */
  files(id: string): Promise<TrashFile[] | null>
  /** Moves an entry here. @throws the file system's error, `EXDEV` when the trash is on another file system */
  put(type: AssetType, segments: readonly string[], stats: Stats): Promise<TrashEntry>
  /** Moves entries back to where they were. Never replaces what is there by now. */
  restore(ids: readonly string[]): Promise<TrashResult>
  purge(ids: readonly string[]): Promise<TrashResult>
  /** Deletes the files of entries for good; of a job's folder the record stays, and can be restored. */
  keepSettings(ids: readonly string[]): Promise<TrashResult>
}

const recordName = 'entry.json'
const itemName = 'item'

export function createTrash({ directory, roots, now = () => new Date() }: TrashOptions): Trash {
  const entries = new Map<string, TrashEntry>()
  let bytes = 0

  const add = (entry: TrashEntry) => {
    entries.set(entry.id, entry)
    bytes += entry.size
  }
  const drop = (entry: TrashEntry) => {
    if (entries.delete(entry.id)) bytes -= entry.size
  }

  async function load(): Promise<void> {
    for (const name of await readdir(directory).catch(() => [])) {
      const folder = join(directory, name)
      if (name.startsWith(deletingPrefix)) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
      if (name.startsWith('.')) continue
      const entry = await readRecord(folder)
      // A record without an item is an interrupted move: the item is still where it was, or restored.
      if (entry && !(await lstatOrNull(join(folder, itemName)))) await rm(folder, { recursive: true, force: true })
      else if (entry?.id === name) {
        if (entry.files_gone) await leaveRecordOnly(join(folder, itemName))
        add(entry)
      }
    }
  }

  async function each(ids: readonly string[], act: (entry: TrashEntry) => Promise<string | null>) {
    const result: TrashResult = { done: [], errors: [] }
    for (const id of ids) {
      const entry = entries.get(id)
      const reason = entry ? await act(entry).catch(wordsOf) : 'not found'
      if (entry && reason === null) result.done.push(entry)
      else result.errors.push(`${id}: ${reason}`)
    }
    return result
  }

  async function purgeOne(entry: TrashEntry): Promise<null> {
    await rm(join(directory, entry.id), { recursive: true, force: true, maxRetries: 2 })
    drop(entry)
    return null
  }

  const ready = load().catch(() => undefined)

  return {
    ready,
    get bytes() {
      return bytes
    },
    list: () => [...entries.values()].sort((a, b) => b.trashed_at - a.trashed_at || (a.id < b.id ? 1 : -1)),
    directory,
    find([id, name, ...rest]) {
      const entry = entries.get(id ?? '')
      const was = entry?.path.split('/')
      if (!entry || name !== was?.at(-1) || (rest.length > 0 && !entry.is_directory)) return null
      return { segments: [entry.id, itemName, ...rest], was: { type: entry.type, segments: [...was, ...rest] } }
    },
    async files(id) {
      await ready
      const entry = entries.get(id)
      return entry ? inSlices(mediaOf(join(directory, id), entry, now().getTime())) : null
    },
    async put(type, segments, stats) {
      await ready
      const time = now()
      const source = join(roots[type], ...segments)
      const entry: TrashEntry = {
        id: `${compactTime(time)}_${randomBytes(6).toString('hex')}`,
        type,
        path: segments.join('/'),
        is_directory: stats.isDirectory(),
        size: stats.isDirectory() ? await inSlices(measureBytes(source)) : stats.isFile() ? stats.size : 0,
        trashed_at: time.getTime() / 1000,
      }
      const folder = join(directory, entry.id)
      await mkdir(folder, { recursive: true })
      try {
        await writeFileDurably(join(folder, recordName), JSON.stringify(entry))
        await rename(source, join(folder, itemName))
      } catch (error) {
        await rm(folder, { recursive: true, force: true }).catch(() => undefined)
        throw error
      }
      add(entry)
      await syncDirectory(folder)
      return entry
    },
    async restore(ids) {
      await ready
      return each(ids, async (entry) => {
        const root = roots[entry.type]
        const segments = parseRelativePath(entry.path)
        if (!segments || !(await isFreeOfLinks(root, segments.slice(0, -1)))) return 'its place is gone'
        const target = join(root, ...segments)
        if (await lstatOrNull(target)) return 'something with this name is there already'
        await mkdir(dirname(target), { recursive: true })
        await rename(join(directory, entry.id, itemName), target)
        drop(entry)
        await syncDirectory(dirname(target))
        await rm(join(directory, entry.id), { recursive: true, force: true })
        return null
      })
    },
    async purge(ids) {
      await ready
      return each(ids, purgeOne)
    },
    async keepSettings(ids) {
      await ready
      return each(ids, async (entry) => {
        const item = join(directory, entry.id, itemName)
        const record = entry.type === 'outputs' ? await lstatOrNull(join(item, jobRecordName)) : null
        if (!record?.isFile() || !(await lstatOrNull(item))?.isDirectory()) return purgeOne(entry)
        const kept: TrashEntry = { ...entry, size: record.size, files_gone: true }
        // First the word, then the deed: what a crash leaves is deleted at the next start.
        await writeFileDurably(join(directory, entry.id, recordName), JSON.stringify(kept))
        drop(entry)
        add(kept)
        await leaveRecordOnly(item)
        return null
      })
    },
  }
}

/** @param folder - of the entry, absolute */
function* mediaOf(folder: string, entry: TrashEntry, time: number): Generator<void, TrashFile[]> {
  const name = entry.path.split('/').at(-1)!
  const kindOf = (path: string) => (entry.type === 'outputs' ? outputKindOf(path) : null)
  if (!entry.is_directory) {
    const media = mediaKindOfName(name)
    const stats = lstatSync(join(folder, itemName), { throwIfNoEntry: false })
    if (!media || !stats?.isFile()) return []
    return [
      {
        path: `${entry.id}/${name}`,
        size: stats.size,
        modified: stats.mtimeMs / 1000,
        media,
        kind: kindOf(entry.path),
      },
    ]
  }
  const scanned = yield* scanFolder(folder, itemName, () => time)
  return (scanned?.files ?? []).flatMap(({ path, size, mtimeMs, media }): TrashFile[] => {
    if (!media) return []
    const inside = path.slice(itemName.length + 1)
    const kind = kindOf(`${entry.path}/${inside}`)
    return [{ path: `${entry.id}/${name}/${inside}`, size, modified: mtimeMs / 1000, media, kind }]
  })
}

/** Deletes everything in a job's folder but its record. */
async function leaveRecordOnly(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (name !== jobRecordName) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 2 })
  }
}

async function readRecord(folder: string): Promise<TrashEntry | null> {
  try {
    return trashEntrySchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')))
  } catch {
    return null
  }
}

function wordsOf(error: unknown): string {
  return `failed (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`
}
