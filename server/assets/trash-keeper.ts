/**
 * @file Empties the trash by itself: what is old enough, and, when the disk is as good as full, the oldest first until it is
 * not. A deleted job's settings outlive its files, so that it can be run again. Every purge is told as an event.
 */
import type { TrashEntry } from '#contracts/assets'
import { countOf, type EventSink } from './asset-events.ts'
import type { Trash } from './trash.ts'

export interface TrashKeeperOptions {
  trash: Trash
  /** Days an entry is kept. */
  days: () => number
  isDiskFull: () => Promise<boolean>
  events: EventSink
  /** Milliseconds since 1970. */
  now: () => number
  /** Milliseconds between two looks. @default 60000 */
  every?: number
  onTrouble: (error: unknown) => void
}

export interface TrashKeeper {
  /** Looks now. */
  look(): Promise<void>
  close(): void
}

/** Days a job's settings are kept after it was deleted. */
export const settingsDays = 30
const day = 86_400

/** Begins to look at once. */
export function createTrashKeeper(options: TrashKeeperOptions): TrashKeeper {
  const { trash, days, isDiskFull, events, now, every = 60_000, onTrouble } = options
  let looking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  /** Deletes the files; of a job the settings stay until they are old enough themselves. */
  async function purge(entries: readonly TrashEntry[]): Promise<TrashEntry[]> {
    const isOver = (entry: TrashEntry) => entry.files_gone === true || isOlder(entry, settingsDays)
    const over = await trash.purge(entries.filter(isOver).map((entry) => entry.id))
    const emptied = await trash.keepSettings(entries.filter((entry) => !isOver(entry)).map((entry) => entry.id))
    return [...over.done, ...emptied.done]
  }

  const isOlder = (entry: TrashEntry, limit: number) => now() / 1000 - entry.trashed_at >= limit * day

  function tell(purged: readonly TrashEntry[], reason: 'age' | 'space'): void {
    if (purged.length === 0) return
    const bytes = purged.reduce((sum, entry) => sum + entry.size, 0)
    const why = reason === 'age' ? 'it was old enough' : 'the disk is nearly full'
    const size = `${(bytes / 1e6).toFixed(1)} MB`
    const message = `${countOf(purged.length, 'deletion')} in the trash became final, ${size} freed: ${why}`
    events.append('trash.purged', reason === 'age' ? 'info' : 'warning', message, {
      entries: purged.slice(0, 100).map(({ id, type, path }) => ({ id, type, path })),
      deletions: purged.filter((entry) => entry.files_gone !== true).length,
      bytes,
      reason,
    })
  }

  async function lookOnce(): Promise<void> {
    await trash.ready
    const limit = days()
    const old = trash.list().filter((entry) => isOlder(entry, entry.files_gone ? settingsDays : limit))
    tell(await purge(old), 'age')

    const forSpace: TrashEntry[] = []
    for (const entry of trash.list().reverse()) {
      if (entry.files_gone) continue
      if (closed || !(await isDiskFull())) break
      forSpace.push(...(await purge([entry])))
    }
    tell(forSpace, 'space')
  }

  const look = () => {
    looking ??= lookOnce()
      .catch(onTrouble)
      .finally(() => {
        looking = undefined
      })
    return looking
  }
  const goOn = () => {
    void look().then(() => {
      if (!closed) timer = setTimeout(goOn, every).unref()
    })
  }
  goOn()

  return {
    look,
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
