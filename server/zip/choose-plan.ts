/**
 * @file Which plan answers `GET /outputs-zip`: usually a new one of what lies there now; for a client that resumes, the one
 * its first part came from, as long as its files are unchanged.
 */
import { lstat } from 'node:fs/promises'
import { StudioError } from '../http/errors.ts'
import { inSlices } from '../storage/slices.ts'
import { isUnchanged, makePlan, type ZipPlan } from './plan.ts'
import type { PlanStore } from './plan-store.ts'
import { planIdOf } from './serve-plan.ts'

export interface ChoosePlanDeps {
  root: string
  store: PlanStore
  /** Milliseconds since 1970. */
  now: () => number
}

export interface ChosenPlan {
  plan: ZipPlan
  /** Whether a `Range` of the request may be served from it. */
  allowRange: boolean
}

/** @throws StudioError `not_found` when there is no output directory */
export async function choosePlan(
  deps: ChoosePlanDeps,
  headers: { range?: string | undefined; 'if-range'?: string | undefined },
): Promise<ChosenPlan> {
  const { root, store } = deps
  const stats = await lstat(root).catch(() => null)
  if (!stats?.isDirectory()) throw new StudioError('not_found', 'Output directory not found')

  if (headers.range === undefined) return { plan: await freshPlan(deps), allowRange: true }

  const ifRange = headers['if-range']
  if (ifRange !== undefined) {
    const id = planIdOf(ifRange)
    const remembered = id === null ? null : await store.find(id)
    if (remembered && (await inSlices(isUnchanged(root, remembered)))) return { plan: remembered, allowRange: true }
    const plan = await freshPlan(deps)
    return { plan, allowRange: plan.id === id }
  }

  // `curl -C -` sends no `If-Range`: it goes on with what was planned last, if that still holds. If not, a part of the
  // new archive must not be glued to a part of the old one, so the answer is the whole.
  const last = await store.newestWhole()
  if (last && (await inSlices(isUnchanged(root, last)))) return { plan: last, allowRange: true }
  const plan = await freshPlan(deps)
  return { plan, allowRange: last === null || /^\s*bytes\s*=\s*0\s*-/i.test(headers.range) }
}

/** What lies there now; the very same files give the very same plan again. */
async function freshPlan({ root, store, now }: ChoosePlanDeps): Promise<ZipPlan> {
  const plan = await inSlices(makePlan(root, { createdAt: now(), scope: 'outputs' }))
  await store.remember(plan)
  return plan
}
