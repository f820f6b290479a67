import { expect, it } from 'vitest'
import type { EngineLogLine } from '#contracts/system'
import { linesOfJob, logText } from './lines-of-job.ts'

const line = (id: number, at: number): EngineLogLine => ({ id, at, level: 'info', text: `line ${id}` })
const texts = (lines: readonly EngineLogLine[]) => lines.map(({ text }) => text)

it('the lines of a job are those printed while it ran', () => {
  const log = [line(1, 90), line(2, 100), line(3, 105), line(4, 110.2), line(5, 120)]
  const { lines, complete } = linesOfJob(log, { started_at: 100, finished_at: 110 })
  expect(texts(lines)).toEqual(['line 2', 'line 3', 'line 4'])
  expect(complete).toBe(true)
})

it('a running job has all lines since its start', () => {
  expect(texts(linesOfJob([line(1, 90), line(2, 200)], { started_at: 100, finished_at: null }).lines)).toEqual([
    'line 2',
  ])
})

it('a job that has not begun has none', () => {
  expect(linesOfJob([line(1, 90)], { started_at: null, finished_at: null }).lines).toEqual([])
})

it('says when the log no longer reaches back to the start', () => {
  const { lines, complete } = linesOfJob([line(501, 104), line(502, 105)], { started_at: 100, finished_at: 110 })
  expect([lines.length, complete]).toEqual([2, false])
  expect(linesOfJob([line(501, 300)], { started_at: 100, finished_at: 110 })).toEqual({ lines: [], complete: false })
})

it('is copied with its times and levels', () => {
  expect(logText([{ id: 1, at: 0, level: 'warn', text: 'slow' }])).toBe('1970-01-01T00:00:00.000Z warn slow')
})

it('claims nothing of a job from before the log began, as after a restart', () => {
  expect(linesOfJob([line(1, 300)], { started_at: 100, finished_at: 110 })).toEqual({ lines: [], complete: false })
  expect(linesOfJob([], { started_at: 100, finished_at: 110 })).toEqual({ lines: [], complete: false })
})
