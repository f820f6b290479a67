'use client'
/** @file Single-key shortcuts while a tile has the focus: the same letters as in the viewer. Can be turned off. */
import { type KeyboardEvent, useCallback } from 'react'
import { useDelete } from '../../_client/actions/use-delete.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { downloadByLink, fileUrl } from '../../_client/urls.ts'

/** @returns answers a key for a focused tile; true when it did */
export function useGridKeys() {
  const { selection } = useStudio()
  const letters = usePreferences((state) => state.shortcuts)
  const remove = useDelete()
  return useCallback(
    (event: KeyboardEvent, item: MediaItem): boolean => {
      const state = selection.getState()
      if (event.key === 'Delete') {
        const all = state.items.size > 0 ? [...state.items.values()] : [item]
        void remove(
          item.root,
          all.map((each) => each.path),
          all.length === 1 ? item.name : `${all.length} files`,
        )
        return true
      }
      if (event.key === 'Escape' && state.items.size > 0) {
        state.clear()
        return true
      }
      if (!letters || event.ctrlKey || event.metaKey || event.altKey) return false
      if (event.key === 'x') state.toggle(item)
      else if (event.key === 'd') downloadByLink(fileUrl(item.root, item.path), item.name)
      else return false
      return true
    },
    [selection, letters, remove],
  )
}
