/** @file Whether a workflow's form, as it would open now, could be sent; in the words of its card. Pure. */
import type { WorkflowSummary } from '#contracts/workflows'
import { count } from '../../_client/format/words.ts'
import { needsOf } from './needs.ts'
import { checkpoints, withStandIns } from './stand-in.ts'
import { startValues } from './values.ts'

export interface Standing {
  /** what keeps it from running, or null */
  missing: string | null
  /** the checkpoint it would run with, where its own is not there */
  otherCheckpoint: string | null
}

/**
 * @param last - the values last used in its form, or null
 * @param listed - files of each folder as the engine lists them, as far as known
 */
export function standingOf(
  { inputs, missing, ready }: WorkflowSummary,
  last: Record<string, unknown> | null,
  listed: ReadonlyMap<string, readonly string[]>,
): Standing {
  if (ready) return { missing: null, otherCheckpoint: null }
  const used = withStandIns(inputs, startValues(inputs, last), listed)
  const needs = needsOf({ inputs, missing }, used, listed)
  const parts = [
    needs.length > 0 && count(needs.length, 'model'),
    missing.nodes.length > 0 && count(missing.nodes.length, 'node'),
  ].filter(Boolean)
  const other = inputs.find(
    (input) =>
      input.type === 'model' &&
      missing.models.includes(`${checkpoints}/${input.default}`) &&
      used[input.id] !== input.default,
  )
  return {
    missing: parts.length === 0 ? null : `${parts.join(' and ')} missing`,
    otherCheckpoint: other ? String(used[other.id]) : null,
  }
}
