/**
 * @file The event log on disk: JSON lines in segment files named by the id of their first event. Appends are durable
 * before they count; the oldest segment goes when the newer ones hold enough. Knows lines, not what they mean:
 * ids, readers and subscribers are `event-log.ts`.
 */
import { mkdir, open, readdir, readFile, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type StudioEvent, studioEventSchema } from '#contracts/events'
import { syncDirectory } from '#platform/files/durable-write'
import { createTimeSlice } from './time-slice.ts'

export interface StoredEvent {
  event: StudioEvent
  /** The event as one line of JSON, without the newline. */
  line: string
}

export interface EventFiles {
  /** What was on disk when the files were opened, oldest first. */
  readonly stored: StoredEvent[]
  /**
   * Makes lines durable, in this order. One call at a time.
   * @throws the file system's error; then nothing of these lines is kept, and the same call may be made again
   */
  append(lines: readonly { id: number; line: string }[]): Promise<void>
}

interface Segment {
  path: string
  count: number
  /** Bytes of whole, durable lines. */
  size: number
}

/**
 * Opens (or begins) the log's files.
 * @param directory - its own directory; made when absent
 * @param maxEvents - how many newest events are kept at least
 * @param eventsPerSegment - after so many lines a new file begins
 */
export async function openEventFiles(
  directory: string,
  maxEvents: number,
  eventsPerSegment = Math.ceil(maxEvents / 4),
): Promise<EventFiles> {
  await mkdir(directory, { recursive: true })
  const names = (await readdir(directory)).filter((name) => /^\d{15}\.jsonl$/.test(name)).sort()
  const stored: StoredEvent[] = []
  const segments: Segment[] = []
  for (const name of names) {
    const path = join(directory, name)
    const { events, size, total } = await readSegment(path, stored.at(-1)?.event.id ?? 0)
    // A crash can leave half a line at the end of the newest file; what follows must begin on a line of its own.
    if (size < total) await truncate(path, size)
    for (const event of events) stored.push(event)
    segments.push({ path, count: events.length, size })
  }

  async function append(lines: readonly { id: number; line: string }[]): Promise<void> {
    if (lines.length === 0) return
    let segment = segments.at(-1)
    const isNew = !segment || segment.count >= eventsPerSegment
    if (!segment || isNew) {
      segment = { path: join(directory, `${String(lines[0]!.id).padStart(15, '0')}.jsonl`), count: 0, size: 0 }
    }
    const bytes = Buffer.from(lines.map(({ line }) => `${line}\n`).join(''))
    const handle = await open(segment.path, 'a')
    try {
      await handle.writeFile(bytes)
      await handle.datasync()
    } catch (error) {
      await handle.truncate(segment.size).catch(() => undefined)
      throw error
    } finally {
      await handle.close()
    }
    if (isNew) {
      await syncDirectory(directory)
      segments.push(segment)
    }
    segment.count += lines.length
    segment.size += bytes.length
    await dropOldSegments()
  }

  async function dropOldSegments(): Promise<void> {
    let total = segments.reduce((sum, segment) => sum + segment.count, 0)
    while (segments.length > 1 && total - segments[0]!.count >= maxEvents) {
      const oldest = segments.shift()!
      total -= oldest.count
      await unlink(oldest.path).catch(() => undefined)
    }
  }

  return { stored, append }
}

/** Reads whole, valid lines with rising ids; `size` is where the last such line ends. */
async function readSegment(
  path: string,
  lastId: number,
): Promise<{ events: StoredEvent[]; size: number; total: number }> {
  const content = await readFile(path)
  const events: StoredEvent[] = []
  const slice = createTimeSlice()
  let size = 0
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(0x0a, start)
    if (end < 0) break
    const line = content.toString('utf8', start, end)
    const event = parseLine(line)
    // A damaged line in the middle is skipped: what came after it is still true.
    if (event && event.id > lastId) {
      events.push({ event, line })
      lastId = event.id
    }
    start = end + 1
    size = start
    await slice.rest()
  }
  return { events, size, total: content.length }
}

function parseLine(line: string): StudioEvent | null {
  try {
    return studioEventSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}
