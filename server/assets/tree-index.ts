/**
 * @file What lies below an asset root, kept in memory so that no request walks the disk. Knows files and folders, not what
 * a listing shows of them ({@link Describe}) nor who tells it to look ({@link watchOutputs} and the periodic pass do).
 *
 * Three ways keep it true: our own writers call `refresh`; `settle` looks at the root (and, while there are few, at
 * everything) right before an answer; `pass` looks at everything, at leisure.
 */
import { type Marks, noMarks, readMarks, sameMarks } from '../marks/marks-file.ts'
import { inSlices, type SliceOptions } from '../storage/slices.ts'
import {
  directoryTime,
  type FileFact,
  type FolderFacts,
  readDirectory,
  readFileFact,
  sameFile,
  sameFolder,
  scanFolder,
  statOrNull,
} from './folder-scan.ts'
import type { ListedItem } from './listed-item.ts'

export interface Describe {
  folder(facts: FolderFacts): ListedItem[]
  /** A visible file directly in the root. */
  file(fact: FileFact): ListedItem | null
}

export interface TreeChange {
  /** Top-level names that changed; the empty one stands for the marks of files directly in the root. */
  names: string[]
  /** `own`: a writer of this process announced it; `foreign`: it was found on disk. */
  origin: 'own' | 'foreign'
}

export interface TreeIndex {
  readonly root: string
  /** Fulfilled when the first scan is done. */
  readonly ready: Promise<void>
  /** Rises with every visible change. */
  readonly version: number
  /** Bytes of all visible regular files, media or not. */
  readonly bytes: number
  /** Every row, in no order. */
  items(): Iterable<ListedItem>
  folder(name: string): FolderFacts | undefined
  folderNames(): Iterable<string>
  find(path: string): FileFact | undefined
  /** Every visible file directly in the root, in no order. */
  looseFiles(): Iterable<FileFact>
  /** The marks of the files directly in the root, by name. */
  readonly looseMarks: Marks
  /** Reads these top-level names again now. */
  refresh(names: Iterable<string>, origin?: TreeChange['origin']): Promise<void>
  /** Cheap look before an answer; in a bigger tree at most every {@link TreeIndexOptions.settleEvery} milliseconds. */
  settle(): Promise<void> | undefined
  /** One whole look. `files` also finds files that were overwritten in place. Gives the milliseconds it worked. */
  pass(options: { files: boolean } & SliceOptions): Promise<number>
  onChange(listener: (change: TreeChange) => void): () => void
}

export interface TreeIndexOptions {
  root: string
  describe: Describe
  /** Milliseconds since 1970. */
  wallClock?: () => number
  /** @default 100 */
  settleEvery?: number
}

/** Up to this many directories and files `settle` looks at all of them: about two milliseconds. */
const fewEntries = 500
/** Up to this many directories it still looks at those: a file that comes or goes moves its directory's time. */
const fewDirectories = 1000

interface Folder {
  facts: FolderFacts
  items: ListedItem[]
  bytes: number
}
interface Loose {
  fact: FileFact
  item: ListedItem | null
}

/** Starts reading at once; see {@link TreeIndex.ready}. */
export function createTreeIndex(options: TreeIndexOptions): TreeIndex {
  const { root, describe, wallClock = Date.now, settleEvery = 100 } = options
  const folders = new Map<string, Folder>()
  const loose = new Map<string, Loose>()
  /** Per name, how often its state was set: a reading that began before that is out of date. */
  const settings = new Map<string, number>()
  const listeners = new Set<(change: TreeChange) => void>()
  let rootTime = Number.NaN
  let looseMarks: Marks = noMarks
  let version = 1
  let bytes = 0
  let directoryCount = 0
  let fileCount = 0
  let settledAt = Number.NEGATIVE_INFINITY
  let settling: Promise<void> | undefined

  function setFolder(name: string, facts: FolderFacts | null): boolean {
    settings.set(name, (settings.get(name) ?? 0) + 1)
    const old = folders.get(name)
    if (!facts) {
      settings.delete(name)
      if (!old) return false
      folders.delete(name)
      bytes -= old.bytes
      directoryCount -= old.facts.directories.size
      fileCount -= old.facts.files.length
      version++
      return true
    }
    directoryCount += facts.directories.size - (old?.facts.directories.size ?? 0)
    fileCount += facts.files.length - (old?.facts.files.length ?? 0)
    if (old && sameFolder(old.facts, facts)) {
      old.facts = facts
      return false
    }
    const size = facts.files.reduce((sum, file) => sum + file.size, 0)
    folders.set(name, { facts, items: describe.folder(facts), bytes: size })
    bytes += size - (old?.bytes ?? 0)
    version++
    return true
  }

  function setLoose(name: string, fact: FileFact | null): boolean {
    const old = loose.get(name)
    if (!fact) {
      if (!old) return false
      loose.delete(name)
      bytes -= old.fact.size
      version++
      return true
    }
    if (old && sameFile(old.fact, fact)) return false
    loose.set(name, { fact, item: describe.file(fact) })
    bytes += fact.size - (old?.fact.size ?? 0)
    version++
    return true
  }

  function readLooseMarks(): boolean {
    const marks = readMarks(root)
    if (sameMarks(marks, looseMarks)) return false
    looseMarks = marks
    version++
    return true
  }

  /** Reads one top-level name, whatever it is now; the empty name is the root's own marks. */
  function* readName(name: string): Generator<void, boolean> {
    if (name === '') return readLooseMarks()
    if (name.startsWith('.')) return false
    const stats = statOrNull(`${root}/${name}`)
    if (stats?.isDirectory()) {
      const began = settings.get(name) ?? 0
      const facts = yield* scanFolder(root, name, wallClock, stats)
      const goneLoose = setLoose(name, null)
      if ((settings.get(name) ?? 0) !== began) return goneLoose
      return setFolder(name, facts) || goneLoose
    }
    const goneFolder = setFolder(name, null)
    return setLoose(name, stats?.isFile() ? readFileFact(root, name) : null) || goneFolder
  }

  /** Compares the names in the root with what is known, when the root changed since. */
  function* readRoot(changed: Set<string>): Generator<void, void> {
    const stats = statOrNull(root)
    if (!stats?.isDirectory()) {
      rootTime = Number.NaN
      for (const name of [...folders.keys()]) if (setFolder(name, null)) changed.add(name)
      for (const name of [...loose.keys()]) if (setLoose(name, null)) changed.add(name)
      return
    }
    if (stats.mtimeMs === rootTime) return
    if (readLooseMarks()) changed.add('')
    const time = directoryTime(stats, wallClock())
    const seen = new Set<string>()
    for (const entry of readDirectory(root)) {
      if (entry.name.startsWith('.')) continue
      const isFolder = entry.isDirectory()
      if (!isFolder && !entry.isFile()) continue
      seen.add(entry.name)
      const known = isFolder ? folders.has(entry.name) : loose.has(entry.name)
      if (!known && (yield* readName(entry.name))) changed.add(entry.name)
      yield
    }
    for (const name of [...folders.keys()]) if (!seen.has(name) && setFolder(name, null)) changed.add(name)
    for (const name of [...loose.keys()]) if (!seen.has(name) && setLoose(name, null)) changed.add(name)
    rootTime = time
  }

  /** Reads every folder again one of whose directories changed; with `files` every folder and every loose file. */
  function* readBelow(changed: Set<string>, files: boolean): Generator<void, void> {
    for (const name of [...folders.keys()]) {
      if ((files || hasChangedDirectory(name)) && (yield* readName(name))) changed.add(name)
      yield
    }
    if (!files) return
    for (const name of [...loose.keys()]) {
      if (yield* readName(name)) changed.add(name)
      yield
    }
  }

  function hasChangedDirectory(name: string): boolean {
    const folder = folders.get(name)
    if (!folder) return false
    for (const [directory, time] of folder.facts.directories) {
      if (statOrNull(`${root}/${directory}`)?.mtimeMs !== time) return true
    }
    return false
  }

  function hasFewEntries(): boolean {
    return directoryCount + fileCount + loose.size <= fewEntries
  }

  function announce(changed: Set<string>, origin: TreeChange['origin']): void {
    if (changed.size === 0) return
    const change: TreeChange = { names: [...changed], origin }
    for (const listener of listeners) listener(change)
  }

  async function look(work: (changed: Set<string>) => Generator<void, void>, options: SliceOptions = {}) {
    const changed = new Set<string>()
    try {
      await inSlices(work(changed), options)
    } finally {
      announce(changed, 'foreign')
    }
  }

  const ready = look(readRoot).then(
    () => {
      settledAt = performance.now()
    },
    // A disk that fails now may answer later: the next look starts where this one stopped, and reports.
    () => undefined,
  )

  return {
    root,
    ready,
    get version() {
      return version
    },
    get bytes() {
      return bytes
    },
    *items() {
      for (const folder of folders.values()) yield* folder.items
      for (const entry of loose.values()) if (entry.item) yield entry.item
    },
    folder: (name) => folders.get(name)?.facts,
    folderNames: () => folders.keys(),
    find(path) {
      const slash = path.indexOf('/')
      if (slash < 0) return loose.get(path)?.fact
      return folders.get(path.slice(0, slash))?.facts.files.find((file) => file.path === path)
    },
    *looseFiles() {
      for (const { fact } of loose.values()) yield fact
    },
    get looseMarks() {
      return looseMarks
    },
    async refresh(names, origin = 'own') {
      await ready
      const changed = new Set<string>()
      await inSlices(
        (function* () {
          for (const name of names) {
            if (yield* readName(name)) changed.add(name)
            yield
          }
        })(),
      )
      announce(changed, origin)
    },
    settle() {
      if (!hasFewEntries() && performance.now() - settledAt < settleEvery) return undefined
      settling ??= (async () => {
        try {
          await ready
          await look(function* (changed) {
            yield* readRoot(changed)
            const few = hasFewEntries()
            if (few || directoryCount <= fewDirectories) yield* readBelow(changed, few)
          })
        } finally {
          settledAt = performance.now()
          settling = undefined
        }
      })()
      return settling
    },
    async pass({ files, ...slices }) {
      await ready
      const began = performance.now()
      let worked = 0
      await look(function* (changed) {
        const steps = (function* () {
          yield* readRoot(changed)
          yield* readBelow(changed, files)
        })()
        for (;;) {
          const start = performance.now()
          const step = steps.next()
          worked += performance.now() - start
          if (step.done) return
          yield
        }
      }, slices)
      return Math.min(worked, performance.now() - began)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
