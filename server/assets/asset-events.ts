/** @file Tells the event log what happened to assets: what the studio did, and what something else did to the disk. */
import type { AssetType } from '#contracts/assets'
import type { EventType, StudioEvent } from '#contracts/events'
import type { TreeIndex } from './tree-index.ts'

/** The part of the event log that is written to. */
export interface EventSink {
  append(type: EventType, severity: StudioEvent['severity'], message: string, data: Record<string, unknown>): unknown
}

/** A burst of foreign changes becomes one event. */
const gatherMilliseconds = 1000
/** With more changed folders than this their names are left out: whoever listens reads the listing again anyway. */
const maxNamedFolders = 100

/** Appends `assets.changed` when the index finds what no writer of this process announced. @returns a function that ends it */
export function announceForeignChanges(type: AssetType, index: TreeIndex, events: EventSink): () => void {
  const names = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const tell = () => {
    timer = undefined
    const folders = names.size <= maxNamedFolders ? { folders: [...names] } : {}
    names.clear()
    events.append('assets.changed', 'info', `The ${type} changed on disk`, { type, ...folders })
  }
  const stop = index.onChange((change) => {
    if (change.origin === 'own') return
    // The root's own marks are no folder.
    for (const name of change.names) if (name !== '') names.add(name)
    if (names.size > 0) timer ??= setTimeout(tell, gatherMilliseconds).unref()
  })
  return () => {
    stop()
    clearTimeout(timer)
  }
}

/** `1 file`, `3 files` */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
