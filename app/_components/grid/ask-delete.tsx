'use client'
/** @file "Delete for good?": asked for shift+Del, with what goes spelled out. */
import { useCallback, useState } from 'react'
import { useDeleteSelection } from '../../_client/actions/use-delete.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { hasSelection, type Selection, selectionOf } from '../../_client/state/selection.ts'
import { useStudio } from '../../_client/studio.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { selectionWords } from './selection-words.ts'

/** @returns what to show on the page, and what to call with the focused file */
export function useAskDelete() {
  const { selection } = useStudio()
  const [asked, setAsked] = useState<Pick<Selection, 'items' | 'whole'> | null>(null)
  const removeSelection = useDeleteSelection()
  const ask = useCallback(
    (item: MediaItem) => {
      const state = selection.getState()
      setAsked(hasSelection(state) ? state : { items: new Map([[item.key, item]]), whole: null })
    },
    [selection],
  )
  const words = asked === null ? '' : selectionWords(asked)
  const confirm = () => {
    if (asked !== null) void removeSelection(selectionOf(asked), words, true)
  }
  const dialog = (
    <Confirm
      open={asked !== null}
      title={`Delete ${words} for good?`}
      action="Delete for good"
      onConfirm={confirm}
      onClose={() => setAsked(null)}
    >
      This goes past the trash and cannot be undone.
    </Confirm>
  )
  return { ask, dialog }
}
