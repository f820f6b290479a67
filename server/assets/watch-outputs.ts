/**
 * @file Hears of changes below the output root without watching the whole tree, which costs an inotify watch per
 * directory: one watch on the root, and one watcher per folder that is likely to change (a job runs in it, or it was
 * touched lately). What it misses, and everything on a network volume, the periodic pass finds.
 */
import { basename, join, relative, sep } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { TreeIndex } from './tree-index.ts'

export interface WatchOutputsOptions {
  index: TreeIndex
  /** Milliseconds since 1970. */
  wallClock?: () => number
  /** Told once when the system refuses more watches; listing goes on, changes are then found by the pass. */
  onTrouble?: (error: unknown) => void
}

/** At most this many folders and, in them, watches: a pod's kernel grants few, and a container cannot raise them. */
const maxLiveFolders = 64
const maxWatches = 256
const liveMilliseconds = 10 * 60_000
/** Changes come in bursts; one look after this many milliseconds covers a burst. */
const gatherMilliseconds = 50

/** @returns a handle to end it; `review` drops watchers of folders that have become quiet */
export function watchOutputs({ index, wallClock = Date.now, onTrouble }: WatchOutputsOptions): {
  review(): void
  close(): Promise<void>
} {
  const changed = new Set<string>()
  const live = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let troubled = false
  let closed = false

  const noteTrouble = (error: unknown) => {
    if (!troubled) onTrouble?.(error)
    troubled = true
  }
  const look = () => {
    timer = undefined
    const names = [...changed]
    changed.clear()
    index.refresh(names, 'foreign').catch(noteTrouble)
  }
  const note = (path: string) => {
    const name = relative(index.root, path).split(sep)[0]
    if (!name || name === '..' || name.startsWith('.')) return
    changed.add(name)
    timer ??= setTimeout(look, gatherMilliseconds).unref()
  }
  const startWatcher = (path: string, depth: number, ignored: (path: string, isFile: boolean) => boolean) =>
    watch(path, {
      depth,
      ignoreInitial: true,
      followSymlinks: false,
      ignored: (candidate, stats) => candidate !== path && ignored(candidate, stats?.isFile() ?? false),
    })
      .on('all', (_event, candidate) => note(candidate))
      .on('error', noteTrouble)

  // Files are left out: chokidar would spend a watch on each. A loose file moves the root's time, which is looked at anyway.
  const root = startWatcher(index.root, 0, (_path, isFile) => isFile)

  function review(): void {
    if (closed || troubled) return
    const wanted = liveFolders(index, wallClock())
    for (const [name, watcher] of live) {
      if (wanted.has(name)) continue
      live.delete(name)
      void watcher.close()
    }
    for (const name of wanted) {
      if (live.has(name)) continue
      live.set(
        name,
        startWatcher(join(index.root, name), 2, (path) => {
          const last = basename(path)
          return last.startsWith('.') && last !== '.incomplete'
        }),
      )
    }
  }

  const stopListening = index.onChange(review)
  index.ready.then(review, () => undefined)

  return {
    review,
    async close() {
      closed = true
      stopListening()
      clearTimeout(timer)
      await Promise.all([root.close(), ...[...live.values()].map((watcher) => watcher.close())])
    },
  }
}

/** The folders to watch, the likeliest first: running jobs, then the newest. */
function liveFolders(index: TreeIndex, now: number): Set<string> {
  const candidates: { name: string; running: boolean; touched: number; watches: number }[] = []
  for (const name of index.folderNames()) {
    const facts = index.folder(name)
    if (!facts) continue
    const touched = facts.mtimeMs
    if (facts.incomplete || now - touched < liveMilliseconds) {
      // chokidar spends one on each directory and each file.
      const watches = facts.directories.size + facts.files.length
      candidates.push({ name, running: facts.incomplete, touched, watches })
    }
  }
  candidates.sort((a, b) => Number(b.running) - Number(a.running) || b.touched - a.touched)
  const chosen = new Set<string>()
  let watches = 0
  for (const candidate of candidates) {
    if (chosen.size === maxLiveFolders || watches + candidate.watches > maxWatches) break
    watches += candidate.watches
    chosen.add(candidate.name)
  }
  return chosen
}
