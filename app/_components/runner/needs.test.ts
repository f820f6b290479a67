import { describe, expect, it } from 'vitest'
import type { WorkflowInput } from '#contracts/workflows'
import { needsOf } from './needs.ts'

const targets = [{ node: '1', input: 'x' }]
const checkpoint: WorkflowInput = {
  ...{
    id: 'checkpoint',
    type: 'model',
    label: 'Checkpoint',
    folder: 'checkpoints',
    default: 'sd.safetensors',
    targets,
  },
}
const strength: WorkflowInput = {
  ...{ id: 'strength', type: 'select', label: 'Strength', default: 'a.param', targets },
  options: ['a.param', 'b.param'].map((value) => ({ value, label: value })),
}
const needs = (values: Record<string, string>, missing: string[], listed: Record<string, string[]> = {}) =>
  needsOf(
    { inputs: [checkpoint, strength], missing: { models: missing, nodes: [] } },
    { checkpoint: 'sd.safetensors', strength: 'a.param', ...values },
    new Map(Object.entries(listed)),
  )

describe('what a form needs', () => {
  it('is the missing default, with the field in which another can be chosen', () => {
    expect(needs({}, ['checkpoints/sd.safetensors'], { checkpoints: [] })).toEqual([
      { folder: 'checkpoints', file: 'sd.safetensors', field: { id: 'checkpoint', label: 'Checkpoint' } },
    ])
  })

  it('is nothing when another model of the folder was chosen that is there', () => {
    expect(
      needs({ checkpoint: 'mine.safetensors' }, ['checkpoints/sd.safetensors'], { checkpoints: ['mine.safetensors'] }),
    ).toEqual([])
  })

  it('is nothing as soon as the engine lists the default, whatever was said before', () => {
    expect(needs({}, ['checkpoints/sd.safetensors'], { checkpoints: ['sd.safetensors'] })).toEqual([])
  })

  it('is a chosen model that is gone, missing default or not', () => {
    expect(needs({ checkpoint: 'gone.safetensors' }, [], { checkpoints: ['sd.safetensors'] })).toMatchObject([
      { file: 'gone.safetensors', field: { id: 'checkpoint' } },
    ])
  })

  it('goes by what the workflow misses while the engine cannot be asked', () => {
    expect(needs({}, ['checkpoints/sd.safetensors'])).toHaveLength(1)
    expect(needs({}, [])).toEqual([])
  })

  it('is a missing choice of a list only while it is the one that is set', () => {
    const missing = ['upscale_models/b.param']
    const listed = { checkpoints: ['sd.safetensors'] }
    expect(needs({}, missing, listed)).toEqual([])
    expect(needs({ strength: 'b.param' }, missing, listed)).toMatchObject([{ file: 'b.param', field: null }])
  })

  it('is whatever else the graph holds fast', () => {
    expect(needs({}, ['vae/sub/x.safetensors'], { checkpoints: ['sd.safetensors'] })).toEqual([
      { folder: 'vae', file: 'sub/x.safetensors', field: null },
    ])
  })
})
