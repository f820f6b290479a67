import { describe, expect, it } from 'vitest'
import { aGroup, anOutput, outputPages } from '../testing/outputs.ts'
import { withGroup, withOutputMarks, withoutOutputs } from './apply-outputs.ts'

const second = anOutput('a', { filename: 'final_00002.png', size: 5 })
const a = aGroup('a', { files: [anOutput('a'), second] })
const b = aGroup('b', { at: 40 })

describe('the listed outputs', () => {
  it('are marked by name, and groups without one of them stay the same objects', () => {
    const pages = outputPages(a, b)
    const marked = withOutputMarks(pages, new Set(['a/final/final_00002.png']), 'star')
    expect(marked.pages[0]!.groups[0]!.files.map((file) => file.mark)).toEqual([undefined, 'star'])
    expect(marked.pages[0]!.groups[1]).toBe(b)
    expect(withOutputMarks(marked, new Set(['a/final/final_00002.png']), null)).toEqual(pages)
  })

  it('are all marked when the whole query is selected, but for what was taken out', () => {
    const marked = withOutputMarks(outputPages(a, b), null, 'reject', new Map([['b/final/final_00001.png', true]]))
    const marks = marked.pages[0]!.groups.flatMap((group) => group.files.map((file) => file.mark))
    expect(marks).toEqual(['reject', 'reject', undefined])
  })

  it('lose deleted files and jobs, and count what is left', () => {
    const rest = withoutOutputs(outputPages(a, b), ['a/final/final_00001.png', 'b/'])
    expect(rest).toEqual(outputPages({ ...a, files: [second] }))
  })

  it('take a new job in on top, an ended one in its place, and drop one that no longer matches', () => {
    const longer = { ...b, files: [anOutput('b'), anOutput('b', { kind: 'preview' })] }
    expect(withGroup(outputPages(a, b), 'b', longer)).toEqual(outputPages(a, longer))
    expect(withGroup(outputPages(b), 'a', a)).toEqual(outputPages(a, b))
    expect(withGroup(outputPages(a, b), 'b', null)).toEqual(outputPages(a))
  })
})
