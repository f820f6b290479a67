import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, it, vi } from 'vitest'
import type { StudioEvent } from '#contracts/events'
import type { OutputGroup } from '#contracts/outputs'
import { type OutputFilters, outputListsKey } from '../queries/outputs.ts'
import { aJob } from '../testing/jobs.ts'
import { aGroup, anOutput, outputPages } from '../testing/outputs.ts'
import type { OutputPages } from './apply-outputs.ts'
import { createFeed } from './feed.ts'
import { createListChanges } from './list-changes.ts'
import { createOwnMarks } from './own-marks.ts'

afterEach(() => vi.unstubAllGlobals())

const filters: OutputFilters = { q: '', kind: '', media: '', status: '', mark: '', from: '', to: '' }
const a = aGroup('a', { files: [anOutput('a')] })
const longer = aGroup('a', { files: [anOutput('a'), anOutput('a', { filename: 'final_00002.png' })] })
const first = 'a/final/final_00001.png'
const turn = () => new Promise((resolve) => setTimeout(resolve, 0))

/** A page that lists one job, whose requests for a group are answered by hand. */
function page() {
  const cache = new QueryClient()
  const ownMarks = createOwnMarks()
  const answers: ((group: OutputGroup) => Promise<unknown>)[] = []
  vi.stubGlobal('fetch', (url: string) => {
    if (!url.startsWith('/api/admin/outputs?')) return Promise.reject(new Error(`nobody asks for ${url}`))
    return new Promise<Response>((resolve) => {
      answers.push((group) => {
        resolve(Response.json({ groups: [group] }))
        return turn()
      })
    })
  })
  cache.setQueryData([...outputListsKey, filters], outputPages(a))
  const feed = createFeed({
    cache,
    changeLists: createListChanges(cache),
    ownMarks,
    onEnded: () => undefined,
    onOutdated: () => undefined,
  })
  const tell = (type: StudioEvent['type'], data: StudioEvent['data']) =>
    feed.event({ id: 1, type, timestamp: 0, severity: 'info', message: '', data })
  const files = () =>
    cache.getQueryData<OutputPages>([...outputListsKey, filters])!.pages[0]!.groups.flatMap((group) => group.files)
  return { ownMarks, answers, tell, files, names: () => files().map(({ filename }) => filename) }
}

it('a job is shown as the newest answer has it, whichever comes last', async () => {
  const { answers, tell, names } = page()
  tell('job.started', { job: aJob({ id: 'a', status: 'running' }) })
  tell('job.completed', { job: aJob({ id: 'a', status: 'completed' }) })
  await answers[1]!(longer)
  await answers[0]!(a)
  expect(names()).toEqual(['final_00001.png', 'final_00002.png'])
})

it('a deleted file does not come back with an answer that was under way', async () => {
  const { answers, tell, names } = page()
  tell('job.completed', { job: aJob({ id: 'a', status: 'completed' }) })
  tell('assets.deleted', { type: 'outputs', files: [first] })
  await answers[0]!(longer)
  expect(names()).toEqual([])
  await answers[1]!(aGroup('a', { files: longer.files.slice(1) }))
  expect(names()).toEqual(['final_00002.png'])
})

it('news of a mark that this page has changed since changes nothing', async () => {
  const { ownMarks, tell, files } = page()
  const marks = () => files().map(({ mark }) => mark)
  void ownMarks.send([first], 'reject', async () => undefined)
  tell('assets.marked', { type: 'outputs', count: 1, mark: 'star', files: [first] })
  expect(marks()).toEqual([undefined])
  tell('assets.marked', { type: 'outputs', count: 1, mark: 'reject', files: [first] })
  expect(marks()).toEqual(['reject'])
})

it('news of another device is shown also after this page has marked more than the news names', async () => {
  const { ownMarks, tell, files } = page()
  await ownMarks.send([first], 'star', async () => undefined)
  tell('assets.marked', { type: 'outputs', count: 1000, mark: 'star' })
  tell('assets.marked', { type: 'outputs', count: 1, mark: 'reject', files: [first] })
  expect(files().map(({ mark }) => mark)).toEqual(['reject'])
})
