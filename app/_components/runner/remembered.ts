/** @file The values last used for a workflow, kept in this browser. */
import * as z from 'zod'
import type { FormValues } from './values.ts'

const key = (workflow: string) => `studio.form.${workflow}`
const schema = z.record(z.string(), z.unknown())

/** Null when nothing is kept, or the browser keeps nothing. */
export function lastValues(workflow: string): Record<string, unknown> | null {
  try {
    return schema.parse(JSON.parse(localStorage.getItem(key(workflow)) ?? 'null'))
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
