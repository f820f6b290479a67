'use client'
/** @file Whether the screen is of a kind, for what CSS alone cannot decide. */
import { useCallback, useSyncExternalStore } from 'react'

/** @param query - a media query; false on the server */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    [query],
  )
  return useSyncExternalStore(
    subscribe,
    () => matchMedia(query).matches,
    () => false,
  )
}
