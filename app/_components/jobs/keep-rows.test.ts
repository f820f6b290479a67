import { describe, expect, it } from 'vitest'
import { withOutputMarks } from '../../_client/live/apply-outputs.ts'
import { aGroup, anOutput, outputPages } from '../../_client/testing/outputs.ts'
import { indexOfRows } from '../grid/index-of-rows.ts'
import { allFiles, blockOfGroup, createItems } from './blocks.ts'
import { keepRows } from './keep-rows.ts'
import { fileRows, galleryRows } from './rows.ts'

const options = { width: 1000, rowHeight: 200, gap: 8, open: new Set<string>(), unfolded: false }
const files = (job: string, n: number) =>
  Array.from({ length: n }, (_, at) => anOutput(job, { filename: `final_${at}.png` }))
/** A big job with rows of its own, and two small ones side by side. */
const before = outputPages(
  aGroup('big', { files: files('big', 12) }),
  aGroup('small', { files: [...files('small', 1), anOutput('small', { kind: 'preview' })] }),
  aGroup('other', { files: [], status: 'failed' }),
)
const marked = withOutputMarks(before, new Set(['big/final/final_9.png']), 'star')

describe('rows after a mark', () => {
  it.each([
    ['the jobs', (blocks: ReturnType<typeof blockOfGroup>[]) => galleryRows([], blocks, options)],
    ['the files', (blocks: ReturnType<typeof blockOfGroup>[]) => fileRows(blocks.flatMap(allFiles), options)],
  ])('are the same objects but where %s show it', (_page, rowsOf) => {
    const known = new Map<unknown, ReturnType<typeof blockOfGroup>>()
    const itemOf = createItems()
    const layOut = (pages: typeof before) =>
      rowsOf(
        pages.pages[0]!.groups.map((group) => {
          const block = known.get(group) ?? blockOfGroup(group, itemOf)
          known.set(group, block)
          return block
        }),
      )
    const old = layOut(before)
    expect(keepRows(old, layOut(before))).toBe(old)

    const rows = keepRows(old, layOut(marked))
    const changed = rows.filter((row, at) => row !== old[at])
    expect(changed.filter(({ type }) => type === 'tiles')).toHaveLength(1)
    expect(changed.length).toBeLessThanOrEqual(2)
    const shown = changed.flatMap((row) => (row.type === 'tiles' ? row.boxes.map(({ item }) => item) : []))
    expect(shown.filter(({ mark }) => mark === 'star').map(({ name }) => name)).toEqual(['final_9.png'])

    const index = indexOfRows(old)
    expect(indexOfRows(rows, index)).toEqual(indexOfRows(rows))
    expect(indexOfRows(rows, index).places).toBe(index.places)
    expect(indexOfRows(rows.slice(0, -1), index)).toEqual(indexOfRows(rows.slice(0, -1)))
  })
})
