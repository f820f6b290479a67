/**
 * @file Says that the studio emptied the trash by itself, how much and why: once in a browser, and also to who comes later. The
 * number of the last event that was said is remembered. Loaded with the first use of a page, or with such an event.
 */
import type { EventList, StudioEvent } from '#contracts/events'
import { formatBytes } from '../format/bytes.ts'
import { count } from '../format/words.ts'
import { getJson } from '../http.ts'
import { notify } from '../notify.ts'

const storageKey = 'studio.purges-said'
/** To a browser that was never told anything, days. */
const newsFor = 7

/** @param now - Unix seconds */
export async function sayMissedPurges(storage: Storage, now: number): Promise<void> {
  const { events } = await getJson<EventList>('/api/admin/events?types=trash.purged&limit=100')
  const isNews = ({ timestamp }: StudioEvent) => saidUpTo(storage) > 0 || now - timestamp < newsFor * 86_400
  sayPurges(events.filter(isNews), storage)
}

/** Says in one sentence what of these events was not said yet. @param events - oldest first */
export function sayPurges(events: readonly StudioEvent[], storage: Storage): void {
  const last = saidUpTo(storage)
  const fresh = events.filter(({ id }) => id > last)
  if (fresh.length === 0) return
  try {
    storage.setItem(storageKey, String(fresh.at(-1)!.id))
  } catch {
    // Full or forbidden storage: it is said again after a reload.
  }
  const purges = fresh.map(({ data }) => data as { deletions: number; bytes: number; reason: 'age' | 'space' })
  const deletions = purges.reduce((sum, purge) => sum + purge.deletions, 0)
  // Settings of jobs whose files went long ago are nothing that anybody would miss.
  if (deletions === 0) return
  const bytes = purges.reduce((sum, purge) => sum + purge.bytes, 0)
  const forSpace = purges.some(({ reason }) => reason === 'space')
  notify[forSpace ? 'warning' : 'plain'](
    `${count(deletions, 'deletion')} in the trash became final, ${formatBytes(bytes)} freed`,
    {
      description: forSpace
        ? 'The disk was nearly full, so the studio emptied the trash, the oldest first.'
        : 'They had been there for as long as the settings say.',
      duration: 15_000,
    },
  )
}

function saidUpTo(storage: Storage): number {
  return Number(storage.getItem(storageKey)) || 0
}
