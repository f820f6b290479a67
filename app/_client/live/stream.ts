/**
 * @file Keeps this page fed: one EventSource, and polling when three tries in a row did not get through, or one is open and
 * silent, as behind a hop that waits for the end of every answer.
 * Parses what arrives and hands it on; what it means for the cache is `feed.ts`.
 */

import type { EventList, ProgressEvent, Snapshot, StudioEvent } from '#contracts/events'
import { eventTypes } from '#contracts/vocabulary'
import { isSignedOut } from '../api-error.ts'
import { getJson } from '../http.ts'
import type { ConnectionStore } from './connection.ts'

export interface StreamListener {
  snapshot(snapshot: Snapshot): void
  event(event: StudioEvent): void
  progress(event: ProgressEvent): void
  /** News may be lost, other than the live state. */
  missed(): void
  /** The stream does not get through: ask for the live state yourself. */
  poll(): Promise<void>
}

interface StreamOptions {
  url: string
  /** id of the newest event when the document was made, after which its data may be from any time; null when not known */
  since: number | null
  listener: StreamListener
  connection: ConnectionStore
  now: () => number
}

/** In a row; then it polls. */
const mostFailures = 3
const pollEvery = 5000
const retryStreamAfter = 60_000
/** The snapshot comes at once; milliseconds. */
const firstNewsWithin = 8000
/** The server lets its heart beat every 15 s; a connection that missed two is dead, whatever the browser believes. Milliseconds. */
const silenceAtMost = 40_000

/** @returns stops everything */
export function openStream({ url, since, listener, connection, now }: StreamOptions): () => void {
  const stopped = new AbortController()
  let source: EventSource | null = null
  let failures = 0
  let lastId = since
  /** When that event was, once this page has it. */
  let lastAt: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let pollingSince = 0
  let watchdog: ReturnType<typeof setTimeout> | undefined

  const later = (ms: number, run: () => void) => {
    clearTimeout(timer)
    timer = setTimeout(run, ms)
  }
  const heard = (state: 'live' | 'polling') => connection.setState({ state, heardAt: now(), signedOut: false })

  const receive = <T>(use: (value: T) => void) =>
    function onMessage(message: MessageEvent<string>) {
      failures = 0
      expectNews(silenceAtMost, failed)
      heard('live')
      use(JSON.parse(message.data) as T)
    }

  const seen = (event: StudioEvent) => {
    // A replay after reconnecting may repeat what this page already knows.
    if (lastId !== null && event.id <= lastId) return
    lastId = event.id
    lastAt = event.timestamp
    listener.event(event)
  }

  function connect() {
    // A page that reconnects by itself resumes with Last-Event-ID; one that starts anew gets the snapshot.
    source?.close()
    source = new EventSource(lastId === null ? url : `${url}?since=${lastId}`)
    expectNews(firstNewsWithin, () => {
      failures = mostFailures
      failed()
    })
    source.addEventListener(
      'snapshot',
      receive<Snapshot>((snapshot) => {
        // A smaller one: the pod lost its log and counts anew.
        if (lastId === null || snapshot.last_event_id < lastId) {
          lastId = snapshot.last_event_id
          lastAt = null
        }
        listener.snapshot(snapshot)
      }),
    )
    source.addEventListener('progress', receive<ProgressEvent>(listener.progress))
    for (const type of eventTypes) source.addEventListener(type, receive<StudioEvent>(seen))
    source.addEventListener(
      'heartbeat',
      receive(() => undefined),
    )
    source.addEventListener('error', failed)
  }

  function expectNews(within: number, otherwise: () => void) {
    clearTimeout(watchdog)
    watchdog = setTimeout(otherwise, within)
  }

  function failed() {
    failures += 1
    clearTimeout(watchdog)
    source?.close()
    if (failures >= mostFailures) {
      pollingSince = now()
      void poll()
      return
    }
    // Lost until something comes through, not whenever it is tried again.
    if (connection.getState().state !== 'lost') connection.setState({ state: 'connecting' })
    later(500 * 2 ** failures, connect)
  }

  const ask = async (query: string) => (await getJson<EventList>(`${url}?${query}`, { signal: stopped.signal })).events

  async function poll() {
    const wasLost = connection.getState().state === 'lost'
    try {
      const known = lastId
      // From the one heard last on: if it is gone, or is another one now, the pod lost its log and counts anew.
      const events = known === null ? [] : await ask(`since=${Math.max(0, known - 1)}`)
      const again = events.find(({ id }) => id === known)
      const isOther = again !== undefined && lastAt !== null && again.timestamp !== lastAt
      const isLost = known !== null && known > 0 && (events.length === 0 || isOther)
      if (known === null || isLost) {
        const newest = (await ask('limit=1')).at(-1)
        lastId = newest?.id ?? 0
        lastAt = newest?.timestamp ?? null
        if (isLost) listener.missed()
      } else {
        lastAt = again?.timestamp ?? lastAt
        events.forEach(seen)
      }
      await listener.poll()
      heard('polling')
    } catch (error) {
      if (stopped.signal.aborted) return
      connection.setState({ state: 'lost', signedOut: isSignedOut(error) || connection.getState().signedOut })
    }
    if (stopped.signal.aborted) return
    // Back from a lost connection the stream is tried at once; while only polling works, once a minute.
    const tryStream = wasLost || connection.getState().state === 'lost' || now() - pollingSince > retryStreamAfter
    if (tryStream) failures = mostFailures - 1
    later(pollEvery, tryStream ? connect : poll)
  }

  // The browser knows at once that its own line is gone, and that it is back.
  const { signal } = stopped
  addEventListener('offline', () => connection.setState({ state: 'lost' }), { signal })
  addEventListener(
    'online',
    () => {
      failures = mostFailures - 1
      later(0, connect)
    },
    { signal },
  )

  connect()
  return () => {
    stopped.abort()
    clearTimeout(timer)
    clearTimeout(watchdog)
    source?.close()
  }
}
