/** @file What the disk says about a run, in words, or '' when there is room. Pure. */
import type { System } from '#contracts/system'
import { formatBytes } from '../../_client/format/bytes.ts'

/** @param needs - bytes the runs will write, by the last ones of the workflow; null when it never ran: nothing is guessed */
export function spaceInWords({ level, free }: Pick<System['disk'], 'level' | 'free'>, needs: number | null): string {
  const left = free === null ? null : `${formatBytes(free)} left`
  const figures = [needs === null || needs === 0 ? null : `needs about ${formatBytes(needs)}`, left].filter(Boolean)
  const about = figures.length === 0 ? '' : `: ${figures.join(', ')}`
  if (level === 'full') return `Not enough space${about}. Free some in Pod first.`
  return needs !== null && free !== null && needs > free ? `It may not fit${about}.` : ''
}
