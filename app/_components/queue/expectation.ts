/** @file When a waiting job starts, in words. Pure. */
import { formatRoughly } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'

/**
 * @param ahead - jobs that run or wait before it
 * @param startsIn - seconds, or null when nobody can say
 */
export function expectation(ahead: number, startsIn: number | null, paused: boolean): string {
  if (paused)
    return ahead === 0
      ? 'Waits until the queue goes on'
      : `Waits for ${count(ahead, 'job')}, and until the queue goes on`
  if (ahead === 0) return 'Starts now'
  const waits = `Waits for ${count(ahead, 'job')}`
  return startsIn === null ? waits : `${waits}, ${formatRoughly(startsIn)}`
}
