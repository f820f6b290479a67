import { describe, expect, it } from 'vitest'
import type { WorkflowInput } from '#contracts/workflows'
import { eachRun, inFormOrder, maxRuns, misfits, problems, startValues, toSend } from './values.ts'

const targets = [{ node: '1', input: 'x' }]
const inputs: WorkflowInput[] = [
  { id: 'picture', label: 'Picture', type: 'image', targets },
  { id: 'scale', label: 'Scale', type: 'float', default: 2, min: 1, max: 4, targets },
  { id: 'tiles', label: 'Tiles', type: 'int', default: 3, min: 1, max: 8, targets },
  { id: 'seed', label: 'Seed', type: 'seed', targets },
  { id: 'mode', label: 'Mode', type: 'select', default: 'a', options: [{ value: 'a', label: 'A' }], targets },
]

describe('a workflow form', () => {
  it("starts with another job's settings over the last used ones over the defaults", () => {
    const values = startValues(inputs, { scale: 3, picture: 'mine.png' }, { picture: 'theirs.png', seed: 7 })
    expect(values).toEqual({ picture: 'theirs.png', scale: 3, tiles: 3, seed: 7, mode: 'a' })
  })

  it('does not take over values that no longer fit', () => {
    expect(startValues(inputs, { scale: 99, mode: 'gone', tiles: '3' })).toEqual({
      picture: '',
      scale: 2,
      tiles: 3,
      seed: null,
      mode: 'a',
    })
  })

  it('says in words what must be put right', () => {
    expect(problems(inputs, { picture: '', scale: 5, tiles: 1.5, seed: -2, mode: 'a' })).toEqual({
      picture: 'Choose a picture.',
      scale: 'Between 1 and 4.',
      tiles: 'Enter a whole number.',
      seed: 'Enter a whole number of 0 or more.',
    })
  })

  it('leaves an open seed to the server and sends a locked one', () => {
    const values = startValues(inputs, { picture: 'a.png' })
    expect(toSend(inputs, values)).toEqual({ picture: 'a.png', scale: 2, tiles: 3, mode: 'a' })
    expect(toSend(inputs, { ...values, seed: 0 })).toMatchObject({ seed: 0 })
  })

  it('shows what is written first, then pictures, then the rest as the workflow has them', () => {
    const prompt: WorkflowInput = { id: 'prompt', label: 'Prompt', type: 'text', multiline: true, targets }
    expect(inFormOrder([...inputs.slice(1), prompt, inputs[0]!]).map(({ id }) => id)).toEqual([
      'prompt',
      'picture',
      'scale',
      'tiles',
      'seed',
      'mode',
    ])
  })

  it('starts a run for each picture of a batch, as often as wanted, within a bound', () => {
    const values = { picture: '', scale: 2 }
    const batch = { input: 'picture', values: ['a.png', 'b.png'] }
    expect(eachRun(values, null, 2)).toEqual([values, values])
    expect(eachRun(values, batch, 2).map(({ picture }) => picture)).toEqual(['a.png', 'b.png', 'a.png', 'b.png'])
    expect(eachRun(values, batch, 1000)).toHaveLength(maxRuns)
  })
})

it('names the settings of a job that a form no longer takes', () => {
  const inputs = [
    { id: 'steps', type: 'int', label: 'Steps', default: 20, min: 1, max: 50, targets: [] },
    { id: 'seed', type: 'seed', label: 'Seed', targets: [] },
  ] satisfies WorkflowInput[]
  expect(misfits(inputs, { steps: 30, seed: 7 })).toEqual([])
  expect(misfits(inputs, { steps: 500, seed: 7, strength: 1 })).toEqual(['Steps', 'strength'])
})
