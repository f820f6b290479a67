'use client'
/** @file The browser's composition root: makes the stores and the cache once and hands them to the components. */
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { Job } from '#contracts/jobs'
import { ApiError, isSignedOut } from './api-error.ts'
import { count } from './format/words.ts'
import type { Connection } from './live/connection.ts'
import { createConnectionStore } from './live/connection.ts'
import { createFeed } from './live/feed.ts'
import { createListChanges } from './live/list-changes.ts'
import { createOwnMarks } from './live/own-marks.ts'
import { openStream } from './live/stream.ts'
import { itemsOfJob } from './media-item.ts'
import { notify } from './notify.ts'
import { onFirstUse } from './on-first-use.ts'
import { assetListsKey } from './queries/assets.ts'
import { runOn } from './run-address.ts'
import { createDroppedStore } from './state/dropped-workflow.ts'
import { createPreferencesStore, type Preferences, rememberPreferences } from './state/preferences.ts'
import { createSelectionStore, type Selection } from './state/selection.ts'
import { createUndoStack } from './state/undo.ts'
import { createUnseenStore, unseenAfter } from './state/unseen.ts'
import { tusWire } from './uploads/send.ts'
import { findUnfinished } from './uploads/unfinished.ts'
import { createUploads } from './uploads/uploads.ts'

/** @param go - to an address of the studio */
function createStudio(go: (address: string) => void) {
  const connection = createConnectionStore()
  const noticeSignedOut = (error: unknown) => {
    if (isSignedOut(error)) connection.setState({ signedOut: true })
  }
  const cache: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignedOut }),
    mutationCache: new MutationCache({ onError: noticeSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status >= 400),
      },
      // The browser's own idea of being online would hold them back in silence; ours says why.
      mutations: { networkMode: 'always' },
    },
  })
  const uploads = createUploads({
    wire: tusWire,
    now: () => performance.now(),
    onBatchDone: (stored) => {
      void cache.invalidateQueries({ queryKey: assetListsKey('inputs') })
      const action = { label: 'Use in a workflow', onClick: () => go(runOn(stored).href) }
      notify.success(`${count(stored.length, 'file')} added to Inputs`, stored.length > 0 ? { action } : {})
    },
  })
  return {
    cache,
    connection,
    changeLists: createListChanges(cache),
    uploads,
    ownMarks: createOwnMarks(),
    selection: createSelectionStore(),
    dropped: createDroppedStore(),
    preferences: createPreferencesStore(),
    undo: createUndoStack(),
    unseen: createUnseenStore(),
  }
}

const eventOfDocument = (id: string | undefined) => (id === undefined ? null : Number(id))

type Studio = ReturnType<typeof createStudio>
const StudioContext = createContext<Studio | null>(null)

export function StudioProvider({ children }: { children: ReactNode }) {
  const router = useRouter()
  const [studio] = useState(() => createStudio(router.push))
  useEffect(
    () =>
      openStream({
        url: '/api/admin/events',
        since: eventOfDocument(document.documentElement.dataset.lastEvent),
        listener: createFeed({
          cache: studio.cache,
          changeLists: studio.changeLists,
          ownMarks: studio.ownMarks,
          onEnded(job) {
            if (document.hidden) studio.unseen.setState(({ end }) => ({ end: unseenAfter(end, job.status) }))
            announceEnd(job, studio.preferences.getState(), router.push)
          },
          onOutdated: () => studio.connection.setState({ outdated: true }),
        }),
        connection: studio.connection,
        now: Date.now,
      }),
    [studio, router],
  )
  useEffect(() => findUnfinished(studio.uploads), [studio])
  useEffect(() => onFirstUse(() => void studio.uploads.queue()), [studio])
  useEffect(() => {
    const { wake } = studio.uploads
    addEventListener('online', wake)
    const stopWatching = studio.connection.subscribe(({ state, signedOut }, before) => {
      if (state !== before.state && (state === 'live' || state === 'polling') && !signedOut) wake()
    })
    return () => {
      removeEventListener('online', wake)
      stopWatching()
    }
  }, [studio])
  useEffect(() => rememberPreferences(studio.preferences, localStorage), [studio])
  return (
    <StudioContext value={studio}>
      <QueryClientProvider client={studio.cache}>{children}</QueryClientProvider>
    </StudioContext>
  )
}

function announceEnd(job: Job, { tellWhenDone: tell, soundWhenDone }: Preferences, go: (address: string) => void) {
  const name = job.workflow?.name ?? 'Job'
  const words = endInWords(job, name)
  if (words === null) return
  const cover = itemsOfJob(job, 'final').at(-1)
  const address = cover ? `/jobs?file=${encodeURIComponent(cover.path)}` : '/queue'
  const action = cover ? { label: 'Open', onClick: () => go(address) } : undefined
  if (soundWhenDone) {
    const ending = words.tone === 'success' ? 'done' : 'not done'
    import('./tone.ts').then(({ playTone }) => playTone(ending)).catch(() => undefined)
  }
  notify[words.tone](words.text, { description: words.description, ...(action ? { action } : {}) })
  if (!tell || !document.hidden || Notification.permission !== 'granted') return
  try {
    const notification = new Notification(words.text, { body: words.description ?? '', tag: job.id })
    notification.onclick = () => {
      window.focus()
      go(address)
      notification.close()
    }
  } catch {
    // Phones allow notifications to installed pages only.
  }
}

function endInWords(job: Job, name: string) {
  if (job.status === 'completed') {
    const finals = job.outputs.filter((file) => file.kind === 'final')
    return { tone: 'success', text: `${name} is done`, description: count(finals.length, 'final') } as const
  }
  if (job.status === 'failed')
    return { tone: 'error', text: `${name} failed`, description: job.error?.message } as const
  if (job.status !== 'interrupted') return null
  return { tone: 'warning', text: `${name} stopped before it finished`, description: undefined } as const
}

export function useStudio(): Studio {
  const studio = useContext(StudioContext)
  if (studio === null) throw new Error('useStudio outside StudioProvider')
  return studio
}

export const useSelection = <T,>(select: (state: Selection) => T): T => useStore(useStudio().selection, select)
export const useConnection = <T,>(select: (state: Connection) => T): T => useStore(useStudio().connection, select)
export const usePreferences = <T,>(select: (state: Preferences) => T): T => useStore(useStudio().preferences, select)
