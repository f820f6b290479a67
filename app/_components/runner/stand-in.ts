/**
 * @file Another checkpoint in place of a workflow's own, where that one is not on the pod. Each draws by itself; a LoRA or a
 * ControlNet does one thing only, so that another is no substitute. Pure.
 */
import type { WorkflowInput } from '#contracts/workflows'
import type { FormValues } from './values.ts'

export const checkpoints = 'checkpoints'

/**
 * What a form uses: its values, with a checkpoint that is there where the workflow's own was not changed and is not.
 * @param listed - files of each folder as the engine lists them; in a folder that is not known nothing is replaced
 */
export function withStandIns(
  inputs: readonly WorkflowInput[],
  values: FormValues,
  listed: ReadonlyMap<string, readonly string[]>,
): FormValues {
  const here = listed.get(checkpoints) ?? []
  // Pickles are listed too, and never opened.
  const other = here.find((name) => name.endsWith('.safetensors'))
  if (other === undefined) return values
  const replaced = inputs.filter(
    (input) =>
      input.type === 'model' &&
      input.folder === checkpoints &&
      values[input.id] === input.default &&
      !here.includes(input.default ?? other),
  )
  return { ...values, ...Object.fromEntries(replaced.map(({ id }) => [id, other])) }
}
