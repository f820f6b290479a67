/** @file Which models keep a form from running now: those its fields hold, and those the graph holds fast. Pure. */
import type { Runnable } from './runnable.ts'
import type { FormValues } from './values.ts'

/** A model that a run would need and that is not there. */
export interface Need {
  folder: string
  /** path inside the folder */
  file: string
  /** the field in which another one can be chosen, or null */
  field: { id: string; label: string } | null
}

/**
 * A missing default does not matter once its field holds a file that is there, nor does the missing choice of a list that
 * is set to another.
 * @param listed - files of each folder as the engine lists them; a folder that is absent is not known (yet)
 */
export function needsOf(
  { inputs, missing }: Pick<Runnable, 'inputs' | 'missing'>,
  values: FormValues,
  listed: ReadonlyMap<string, readonly string[]>,
): Need[] {
  const needs = new Map<string, Need>()
  for (const input of inputs) {
    const file = values[input.id]
    if (input.type !== 'model' || typeof file !== 'string' || file === '') continue
    const path = `${input.folder}/${file}`
    const isThere = listed.get(input.folder)?.includes(file) ?? !missing.models.includes(path)
    if (!isThere) needs.set(path, { folder: input.folder, file, field: { id: input.id, label: input.label } })
  }
  for (const path of missing.models) {
    const slash = path.indexOf('/')
    const [folder, file] = [path.slice(0, slash), path.slice(slash + 1)]
    if (!needs.has(path) && !isOnlyAChoice(inputs, values, folder, file)) needs.set(path, { folder, file, field: null })
  }
  return [...needs.values()]
}

function isOnlyAChoice(inputs: Runnable['inputs'], values: FormValues, folder: string, file: string): boolean {
  return inputs.some((input) => {
    if (input.type === 'model') return input.folder === folder && input.default === file
    return input.type === 'select' && input.options.some(({ value }) => value === file) && values[input.id] !== file
  })
}
