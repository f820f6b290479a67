'use client'
/** @file Which entries of the trash are selected. What is gone by now is not, though it was. */
import { useMemo, useState } from 'react'
import type { TrashEntry } from '#contracts/assets'

export interface Chosen {
  entries: readonly TrashEntry[]
  has(id: string): boolean
  toggle(id: string): void
  /** From the one chosen last to this one; what was selected stays. @param from - where a range begins that has no beginning yet */
  extend(id: string, from?: string): void
  all(): void
  none(): void
}

export function useChosen(entries: readonly TrashEntry[]): Chosen {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const [anchor, setAnchor] = useState<string | null>(null)
  const chosen = useMemo(() => entries.filter(({ id }) => ids.has(id)), [entries, ids])
  return {
    entries: chosen,
    has: (id) => ids.has(id),
    toggle(id) {
      setIds(new Set(ids.has(id) ? [...ids].filter((other) => other !== id) : [...ids, id]))
      setAnchor(id)
    },
    extend(id, from = id) {
      const placeOf = (of: string | null) => entries.findIndex((entry) => entry.id === of)
      const start = placeOf(anchor) >= 0 ? anchor : from
      const [first, last] = [placeOf(start), placeOf(id)].toSorted((a, b) => a - b) as [number, number]
      setIds(new Set([...ids, ...entries.slice(first, last + 1).map((entry) => entry.id)]))
      setAnchor(start)
    },
    all: () => setIds(new Set(entries.map(({ id }) => id))),
    none() {
      setIds(new Set())
      setAnchor(null)
    },
  }
}
