/** @file The workflow that was dropped last, wherever that was, for the runner to show. Kept in this tab: a reload shows it again. */
import { createStore } from 'zustand/vanilla'
import type { InspectedWorkflow } from '#contracts/workflows'

export interface DroppedWorkflow {
  dropped: InspectedWorkflow | null
  show(dropped: InspectedWorkflow | null): void
  /** What this tab showed before it was loaded anew. */
  restore(): void
}

const key = 'studio.dropped'

export const createDroppedStore = () =>
  createStore<DroppedWorkflow>((set, get) => ({
    dropped: null,
    show(dropped) {
      keep(dropped)
      set({ dropped })
    },
    restore() {
      if (get().dropped === null) set({ dropped: kept() })
    },
  }))

function kept(): InspectedWorkflow | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as InspectedWorkflow | null
  } catch {
    return null
  }
}

function keep(dropped: InspectedWorkflow | null) {
  try {
    if (dropped === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, JSON.stringify(dropped))
  } catch {
    // Too large or forbidden: it is gone with the page, and can be dropped again.
  }
}
