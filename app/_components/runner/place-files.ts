/** @file Files that were chosen to be worked on, put into the fields of a form that take their kind. Pure. */
import { type MediaKind, mediaKindOfName } from '#contracts/media'
import type { WorkflowInput } from '#contracts/workflows'
import type { Batch, FormValues } from './values.ts'

export interface PlacedFiles {
  values: FormValues
  /** of the first kind with several files: a run each */
  batch: Batch | null
  /** files for which the form has no field */
  left: readonly string[]
}

/** A picture goes into the first picture field, a video into the first video field; the others of its kind get runs. */
export function placeFiles(inputs: readonly WorkflowInput[], files: readonly string[]): PlacedFiles {
  const placed: PlacedFiles = { values: {}, batch: null, left: files.filter((file) => fieldFor(inputs, file) === null) }
  for (const kind of ['image', 'video'] satisfies MediaKind[]) {
    const input = inputs.find(({ type }) => type === kind)
    const values = files.filter((file) => mediaKindOfName(file) === kind)
    if (input === undefined || values[0] === undefined) continue
    placed.values[input.id] = values[0]
    if (values.length > 1) placed.batch ??= { input: input.id, values }
  }
  return placed
}

/** Whether a workflow can work on a file. */
export const takes = (inputs: readonly WorkflowInput[], file: string) => fieldFor(inputs, file) !== null

const fieldFor = (inputs: readonly WorkflowInput[], file: string) =>
  inputs.find(({ type }) => type === mediaKindOfName(file)) ?? null
