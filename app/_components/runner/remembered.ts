/** @file The values last used for a workflow, kept in this browser. */
import type { FormValues } from './values.ts'

const key = (workflow: string) => `studio.form.${workflow}`

/** Null when nothing is kept, or the browser keeps nothing. */
export function lastValues(workflow: string): Record<string, unknown> | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key(workflow)) ?? 'null')
    return typeof kept === 'object' && !Array.isArray(kept) ? (kept as Record<string, unknown> | null) : null
  } catch {
    return null
  }
}

export function rememberValues(workflow: string, values: FormValues) {
  try {
    localStorage.setItem(key(workflow), JSON.stringify(values))
  } catch {
    // Full or forbidden storage: the form still works.
  }
}
