/** @file Which jobs of the queue are chosen, one by one, as a range or all. Pure. */

export interface Choice {
  ids: ReadonlySet<string>
  /** the job that was ticked last: a range begins there */
  anchor: string | null
}

export const noChoice: Choice = { ids: new Set(), anchor: null }

/**
 * Ticks a job or takes its tick away.
 * @param order - all jobs as they stand on the page
 * @param asRange - every job from the last ticked one to this becomes what this one becomes
 */
export function choose({ ids, anchor }: Choice, order: readonly string[], id: string, asRange: boolean): Choice {
  const tick = !ids.has(id)
  const [from, to] = [order.indexOf(anchor ?? id), order.indexOf(id)].sort((a, b) => a - b) as [number, number]
  const meant = asRange && from >= 0 ? order.slice(from, to + 1) : [id]
  const next = new Set(ids)
  for (const each of meant) {
    if (tick) next.add(each)
    else next.delete(each)
  }
  return { ids: next, anchor: id }
}

/** All of them, or none when all are chosen already. */
export const chooseAll = ({ ids }: Choice, order: readonly string[]): Choice =>
  order.every((id) => ids.has(id)) ? noChoice : { ids: new Set(order), anchor: null }
