'use client'
/**
 * @file Single-key shortcuts while a tile has the focus: the same letters as in the viewer, the same on every page with a
 * grid. They act on the selection, or without one on the focused file. Letters can be turned off. Loaded when a grid is
 * first used ({@link GridActions}).
 */
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useCallback, useEffect } from 'react'
import { useDelete, useDeleteSelection } from '../../_client/actions/use-delete.ts'
import { useInputs } from '../../_client/actions/use-inputs.ts'
import { useMark } from '../../_client/actions/use-mark.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { notify } from '../../_client/notify.ts'
import { jobQuery } from '../../_client/queries/jobs.ts'
import { hasSelection, selectionInput } from '../../_client/state/selection.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { downloadByLink, fileUrl } from '../../_client/urls.ts'
import { useAskDelete } from './ask-delete.tsx'
import { scrubEvent } from './scrub-event.ts'
import { selectionWords } from './selection-words.ts'

/** @param onDeleteForGood - asks, then deletes what is selected or the file @returns true when it answered the key */
function useGridKeys(onDeleteForGood: (item: MediaItem) => void) {
  const { selection, preferences } = useStudio()
  const letters = usePreferences((state) => state.shortcuts)
  const remove = useDelete()
  const removeSelection = useDeleteSelection()
  const mark = useMark()
  const { zip } = useZip()
  const asInputs = useInputs()
  const router = useRouter()
  const cache = useQueryClient()

  return useCallback(
    (event: KeyboardEvent, item: MediaItem, items: readonly MediaItem[]): boolean => {
      const state = selection.getState()
      const chosen = hasSelection(state)
      if (event.key === 'Delete') {
        if (event.shiftKey) onDeleteForGood(item)
        else if (!chosen) void remove(item.root, [item.path], item.name)
        else if (item.root === 'outputs') void removeSelection(selectionInput(state), selectionWords(state))
        else {
          const paths = [...state.items.values()].map((each) => each.path)
          void remove(item.root, paths, selectionWords(state))
        }
        return true
      }
      if (event.key === 'Escape' && (chosen || state.keep)) {
        state.clear()
        selection.setState({ keep: false })
        return true
      }
      if (!letters || event.ctrlKey || event.metaKey || event.altKey) return false
      const outputs = item.root === 'outputs'
      const toggle = (value: 'star' | 'reject') => {
        const all = state.whole ? [item] : chosen ? [...state.items.values()] : [item]
        // Of several the key gives the mark; only when all have it, it takes it away.
        void mark(chosen ? state : [item], all.every((each) => markOf(each, item) === value) ? null : value)
      }
      if (event.key === 'x') state.toggle(item)
      else if (event.key === 's' && outputs) toggle('star')
      else if (event.key === 'r' && outputs) toggle('reject')
      else if (event.key === 'R' && outputs) {
        const rejected = items.filter((each) => each.mark === 'reject')
        if (rejected.length > 0) state.toggleAll(rejected)
        else notify.plain('Nothing on this page is rejected')
      } else if (event.key === 'd' && !chosen) downloadByLink(fileUrl(item.root, item.path), item.name)
      else if ((event.key === 'D' || event.key === 'd') && outputs) {
        void zip({ selection: chosen ? selectionInput(state) : { files: [item.path] } })
      } else if (event.key === 'u' && item.job !== null) {
        cache.fetchQuery(jobQuery(item.job)).then(
          (job) => job.workflow && router.push(`/run/${encodeURIComponent(job.workflow.id)}?from=${job.id}`),
          () => {},
        )
      } else if (event.key === 'e') void asInputs(chosen && !state.whole ? [...state.items.values()] : [item])
      else if (event.key === '+' || event.key === '=') resize(preferences, 1)
      else if (event.key === '-') resize(preferences, -1)
      else if ((event.key === ',' || event.key === '.') && item.media === 'video') {
        event.target?.dispatchEvent(new CustomEvent(scrubEvent, { detail: event.key === '.' ? 1 : -1 }))
      } else return false
      return true
    },
    [selection, preferences, letters, remove, removeSelection, mark, zip, asInputs, router, cache, onDeleteForGood],
  )
}

/** The focused file is as the list has it now; selected ones are as they were when they were chosen. */
const markOf = (each: MediaItem, focused: MediaItem) => (each.key === focused.key ? focused.mark : each.mark)

function resize(preferences: ReturnType<typeof useStudio>['preferences'], by: 1 | -1) {
  const { tileSize } = preferences.getState()
  preferences.setState({ tileSize: Math.max(0, Math.min(4, tileSize + by)) })
}

export interface GridHandlers {
  /** @param items - all tiles of the page, in order @returns true when it answered the key */
  key(event: KeyboardEvent, item: MediaItem, items: readonly MediaItem[]): boolean
  star(item: MediaItem): void
}

/** Gives the grid its handlers once it is there, and shows what they ask. */
export function GridActions({ onReady }: { onReady: (handlers: GridHandlers) => void }) {
  const { ask, dialog } = useAskDelete()
  const key = useGridKeys(ask)
  const mark = useMark()
  useEffect(
    () => onReady({ key, star: (item) => void mark([item], item.mark === 'star' ? null : 'star') }),
    [key, mark, onReady],
  )
  return dialog
}
