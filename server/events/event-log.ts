/**
 * @file The studio's event log: one order, rising ids that never restart, the newest ten thousand kept.
 * Inside the process an event is heard at once; readers outside see it when it is durable, so that an id that
 * somebody has seen is never given again. How it reaches them is `routes.ts` (JSON) and `event-stream.ts` (SSE).
 */
import type { EventType, StudioEvent } from '#contracts/events'
import { openEventFiles, type StoredEvent } from './event-files.ts'

export type Severity = StudioEvent['severity']

/** What writers of events need of the log. */
export interface EventSink {
  /** Adds an event; never throws for the disk's sake. @returns the event with its id */
  append(type: EventType, severity: Severity, message: string, data?: Record<string, unknown>): StudioEvent
}

export interface EventQuery {
  /** Only events with a greater id; then the first ones, else the newest. */
  since?: number
  limit: number
  types?: ReadonlySet<string>
}

export interface EventLog extends EventSink {
  /** Hears each event inside this process, in the call that appends it. @returns the way to stop */
  subscribe(listener: (event: StudioEvent) => void): () => void
  /** Hears that there are more events to read. */
  onPublished(listener: () => void): () => void
  /** The newest id readers may see; 0 when there is none. */
  lastId(): number
  /** Whether events have happened that readers may not see yet. */
  isBehind(): boolean
  /** The oldest id that is kept; `lastId() + 1` when there is none. */
  firstId(): number
  /** Events readers may see, oldest first, as lines of JSON. */
  read(query: EventQuery): StoredLine[]
  /** Job name → the newest kind of event it had. */
  latestOfJobs(): Map<string, EventType>
  /** Resolves when everything appended so far was written (or could not be). */
  settled(): Promise<void>
}

export interface StoredLine {
  id: number
  type: EventType
  line: string
}

export interface EventLogOptions {
  /** Directory of the log's files. */
  directory: string
  maxEvents?: number
  /** Bound of the lines held in memory, in characters. */
  maxCharacters?: number
  /** Milliseconds since the epoch. */
  now?: () => number
  /** Told when the disk refuses events; they stay readable and are written with the next ones. */
  onWriteError?: (error: unknown) => void
}

interface Entry extends StoredLine {
  job: string | null
}

/** Opens the log with what earlier runs left. */
export async function createEventLog(options: EventLogOptions): Promise<EventLog> {
  const { directory, maxEvents = 10_000, maxCharacters = 64 * 1024 * 1024, now = Date.now, onWriteError } = options
  const files = await openEventFiles(directory, maxEvents)
  const entries: Entry[] = files.stored.slice(-maxEvents).map(entryOf)
  let characters = entries.reduce((sum, entry) => sum + entry.line.length, 0)
  let lastId = entries.at(-1)?.id ?? 0
  let publishedId = lastId
  const listeners = new Set<(event: StudioEvent) => void>()
  const readers = new Set<() => void>()
  let unwritten: Entry[] = []
  let writing: Promise<void> | null = null

  function append(
    type: EventType,
    severity: Severity,
    message: string,
    data: Record<string, unknown> = {},
  ): StudioEvent {
    const event: StudioEvent = { id: ++lastId, type, timestamp: now() / 1000, severity, message, data }
    const entry = entryOf({ event, line: JSON.stringify(event) })
    entries.push(entry)
    unwritten.push(entry)
    characters += entry.line.length
    while (entries.length > 1 && (entries.length > maxEvents || characters > maxCharacters)) {
      characters -= entries.shift()!.line.length
    }
    for (const listener of listeners) listener(event)
    writing ??= write()
    return event
  }

  /** Writes what has gathered while the disk was busy, in one go, until nothing is left. */
  async function write(): Promise<void> {
    // Events of one turn go to the disk together.
    await Promise.resolve()
    try {
      while (unwritten.length > 0) {
        const batch = unwritten
        unwritten = []
        const failed = await files.append(batch).then(
          () => false,
          (error: unknown) => {
            unwritten = batch.concat(unwritten).slice(-maxEvents)
            onWriteError?.(error)
            return true
          },
        )
        // What the disk refuses is shown all the same: a full disk is when events matter most.
        publishedId = failed ? lastId : batch.at(-1)!.id
        for (const reader of readers) reader()
        // A full disk is tried again with the next event, not in a loop.
        if (failed) break
      }
    } finally {
      writing = null
    }
  }

  /** Index of the first entry with a greater id. */
  function indexAfter(id: number): number {
    let low = 0
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (entries[middle]!.id <= id) low = middle + 1
      else high = middle
    }
    return low
  }

  function read({ since, limit, types }: EventQuery): StoredLine[] {
    const end = indexAfter(publishedId)
    const found: StoredLine[] = []
    if (since !== undefined) {
      for (let index = indexAfter(since); index < end && found.length < limit; index++) {
        if (!types || types.has(entries[index]!.type)) found.push(entries[index]!)
      }
      return found
    }
    for (let index = end - 1; index >= 0 && found.length < limit; index--) {
      if (!types || types.has(entries[index]!.type)) found.push(entries[index]!)
    }
    return found.reverse()
  }

  return {
    append,
    read,
    lastId: () => publishedId,
    isBehind: () => publishedId < lastId,
    firstId: () => entries[0]?.id ?? lastId + 1,
    subscribe: (listener) => added(listeners, listener),
    onPublished: (reader) => added(readers, reader),
    latestOfJobs() {
      const latest = new Map<string, EventType>()
      for (const entry of entries) if (entry.job !== null) latest.set(entry.job, entry.type)
      return latest
    },
    async settled() {
      while (writing) await writing
    },
  }
}

function entryOf({ event, line }: StoredEvent): Entry {
  const job = event.data.job as { id?: unknown } | undefined
  return { id: event.id, type: event.type, line, job: typeof job?.id === 'string' ? job.id : null }
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item)
  return () => set.delete(item)
}
