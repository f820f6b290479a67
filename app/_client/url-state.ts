'use client'
/** @file State that lives in the address, so that reload, Back and a shared link all show the same. */
import { useSearchParams } from 'next/navigation'
import { useCallback, useMemo } from 'react'

type Change = Record<string, string | null>

function addressWith(change: Change) {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  return text === '' ? location.pathname : `${location.pathname}?${text}`
}

/**
 * Changes the query without a round trip to the server; Next's `useSearchParams` follows the history API.
 * The state is made anew: handing Next its own state back tells it to look away.
 */
export const replaceParams = (change: Change) => history.replaceState({ studioStep: isStep() }, '', addressWith(change))

/**
 * The same, as a step that Back undoes. What it opens lies over the page and may have led to another place of it: Back does
 * not return to the place where the step was taken, so {@link stepLeft} is to be told once it is undone.
 */
export function pushParams(change: Change) {
  history.scrollRestoration = 'manual'
  history.pushState({ studioStep: true }, '', addressWith(change))
}

/** From here on Back and Forward lead to where the page stood, as everywhere. */
export const stepLeft = () => {
  history.scrollRestoration = 'auto'
}

/** Undoes {@link pushParams}, or takes the parameter out when the page was opened with it. */
export function leaveStep(change: Change) {
  if (isStep()) history.back()
  else replaceParams(change)
}

const isStep = () => (history.state as { studioStep?: boolean } | null)?.studioStep === true

/** All values of one parameter. */
export function useParamList(name: string): string[] {
  const params = useSearchParams()
  return useMemo(() => params.getAll(name), [params, name])
}

/** One parameter: its value ('' when absent) and a setter that replaces it. */
export function useParam(name: string): [string, (value: string) => void] {
  const value = useSearchParams().get(name) ?? ''
  const set = useCallback((next: string) => replaceParams({ [name]: next }), [name])
  return [value, set]
}
