/** @file The workflow that was dropped last, kept in this tab: a reload shows it again. */
import type { InspectedWorkflow } from '#contracts/workflows'

const key = 'studio.dropped'

export function keptDrop(): InspectedWorkflow | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as InspectedWorkflow | null
  } catch {
    return null
  }
}

export function keepDrop(dropped: InspectedWorkflow | null) {
  try {
    if (dropped === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, JSON.stringify(dropped))
  } catch {
    // Too large or forbidden: it is gone with the page, and can be dropped again.
  }
}
