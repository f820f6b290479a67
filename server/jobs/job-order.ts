/**
 * @file The order jobs are listed in, as one total order, and the cursor that names a place in it. A cursor is the place
 * itself, not a job, so a page still continues where the last one ended after jobs finished or were deleted.
 */
import { type Job, jobIdPattern } from '#contracts/jobs'

/** Running (oldest start first), then queued in running order, then ended (newest end first). */
export type Position = readonly [group: 0 | 1 | 2, first: number, second: number, id: string]

export function positionOf(job: Job): Position {
  if (job.status === 'running') return [0, job.started_at ?? job.created_at, 0, job.id]
  if (job.status === 'queued') return [1, job.number, job.created_at, job.id]
  return [2, -(job.finished_at ?? job.created_at), 0, job.id]
}

/** Below 0 when `a` is listed before `b`. */
export function comparePositions(a: Position, b: Position): number {
  const difference = a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
  if (difference !== 0) return difference
  if (a[3] === b[3]) return 0
  // Ids begin with their time: ended jobs newest first, the others oldest first.
  return a[3] < b[3] === (a[0] === 2) ? 1 : -1
}

export function encodeCursor(position: Position): string {
  return position.join('~')
}

/** @returns null when the text is not a cursor */
export function decodeCursor(text: string): Position | null {
  const [group, first, second, id, ...rest] = text.split('~')
  if (rest.length > 0 || id === undefined || !jobIdPattern.test(id)) return null
  const numbers = [group, first, second].map(Number)
  if (numbers.some((number) => !Number.isFinite(number)) || ![0, 1, 2].includes(numbers[0]!)) return null
  return [numbers[0] as 0 | 1 | 2, numbers[1]!, numbers[2]!, id]
}
