import { describe, expect, it } from 'vitest'
import { fromInputName, fromOutput, itemLabel, itemsOfJob } from './media-item.ts'
import { aFile, aJob } from './testing/jobs.ts'
import { aGroup, anOutput } from './testing/outputs.ts'

/** A Monday, 14:32 where this runs. */
const at = new Date(2026, 10, 23, 14, 32).getTime() / 1000
const laterThatDay = at + 3600
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(at * 1000)

describe('the name of a tile', () => {
  const group = aGroup('20261123_143200_a1b2c3', { title: 'Portrait test', at })

  it('says what it is, of which job and when, before the name that many files share', () => {
    const film = anOutput(group.folder, { media: 'video', duration: 5, filename: 'final_00001.mp4' })
    expect(itemLabel(fromOutput(group, film), laterThatDay)).toBe(
      `Video, final, 5 s, job Portrait test, ${time}, final_00001.mp4`,
    )
  })

  it('says a mark, and on another day which one', () => {
    const picture = anOutput(group.folder, { mark: 'star' })
    expect(itemLabel(fromOutput(group, picture), at + 3 * 86_400)).toMatch(
      /^Picture, final, starred, job Portrait test, \S+ .+, final_00001\.png$/,
    )
  })

  it('is the same on the page of a job as in the gallery', () => {
    const job = aJob({ id: group.folder, workflow: { id: 'portrait', name: 'Portrait test' }, finished_at: at })
    const [item] = itemsOfJob({ ...job, outputs: [aFile({ filename: 'final_00001.png' })] }, 'final')
    expect(itemLabel(item!, laterThatDay)).toBe(`Picture, final, job Portrait test, ${time}, final_00001.png`)
  })

  it('says of a job without a workflow where it came from', () => {
    expect(itemLabel(fromOutput({ ...group, title: null }, anOutput(group.folder)), laterThatDay)).toContain(
      'job from a ComfyUI client',
    )
  })

  it('of a file that no job made is its kind and name', () => {
    expect(itemLabel(fromInputName('chelsea.png')!)).toBe('Picture, chelsea.png')
    const loose = aGroup('', { status: null, title: null })
    expect(itemLabel(fromOutput(loose, anOutput('', { subfolder: '' })))).toBe('Picture, final, final_00001.png')
  })
})
