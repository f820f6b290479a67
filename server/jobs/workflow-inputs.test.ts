import { describe, expect, it } from 'vitest'
import { type WorkflowInput, workflowInputSchema } from '#contracts/workflows'
import { StudioError } from '../http/errors.ts'
import { randomSeed } from './random-seed.ts'
import { maxSeed, resolveInputs } from './workflow-inputs.ts'

const input = (type: string, more: object = {}): WorkflowInput =>
  workflowInputSchema.parse({ id: 'x', label: 'Value', targets: [{ node: '1', input: 'x' }], type, ...more })
const context = { fileExists: async (name: string) => name.startsWith('here'), newSeed: () => 7 }
const resolve = (spec: WorkflowInput, given: Record<string, unknown>) => resolveInputs([spec], given, context)
const range = { default: 1, min: 0, max: 4 }
const choice = {
  default: 'a',
  options: [
    { value: 'a', label: 'A' },
    { value: 2, label: 'B' },
  ],
}

describe('the values of a workflow', () => {
  it.each([
    [input('int', range), {}, { x: 1 }],
    [input('int', range), { x: 4 }, { x: 4 }],
    [input('float', range), { x: 0.5 }, { x: 0.5 }],
    [input('boolean', { default: true }), { x: false }, { x: false }],
    [input('select', choice), { x: 2 }, { x: 2 }],
    [input('text'), {}, {}],
    [input('text', { default: 'hello' }), { x: '' }, { x: '' }],
    [input('image', { required: false }), {}, {}],
    [input('image', { required: false }), { x: '' }, {}],
    [input('image', { default: 'here.png' }), { x: null }, { x: 'here.png' }],
    [input('video'), { x: 'here/clip.MP4' }, { x: 'here/clip.MP4' }],
    [input('image'), { x: 'here/final/a.png [output]' }, { x: 'here/final/a.png [output]' }],
    [input('model', { folder: 'vae' }), { x: 'any.onnx' }, { x: 'any.onnx' }],
  ])('%j with %j become %j', async (spec, given, values) => {
    expect((await resolve(spec, given)).values).toEqual(values)
  })

  it.each([
    [input('int', range), { x: 1.5 }, 'Value must be a whole number.'],
    [input('int', range), { x: '1' }, 'Value must be a number.'],
    [input('float', range), { x: 4.1 }, 'Value must be from 0 to 4.'],
    [input('float', range), { x: Number.NaN }, 'Value must be a number.'],
    [input('boolean', { default: true }), { x: 'false' }, 'Value must be true or false.'],
    [input('select', choice), { x: '2' }, 'Value must be one of a, 2.'],
    [input('text', { required: true }), { x: '  ' }, 'Value is missing.'],
    [input('text', { max_length: 3 }), { x: 'four' }, 'Value must have at most 3 characters.'],
    [input('text'), { x: ['a'] }, 'Value must be a text.'],
    [input('image'), {}, 'Value is missing.'],
    [input('image'), { x: 'here.mp4' }, 'Value must be a picture: “here.mp4” is none.'],
    [input('video'), { x: 'gone.mp4' }, 'Value names a file that is not there: “gone.mp4”.'],
    [input('seed'), { x: 0.5 }, 'Value must be a whole number.'],
    [input('seed'), { x: 2 ** 53 }, `Value must be from 0 to ${maxSeed}, or -1 for a new one each time.`],
    [input('text'), { y: 1 }, 'The workflow has no input “y”.'],
    [input('text'), JSON.parse('{"__proto__": 1}'), 'The workflow has no input “__proto__”.'],
  ])('%j refuses %j', async (spec, given, words) => {
    const failure = resolve(spec, given)
    await expect(failure).rejects.toThrow(StudioError)
    await expect(failure).rejects.toThrow(words)
  })

  it.each([
    [{}, 7],
    [{ x: -1 }, 7],
    [{ x: 0 }, 0],
    [{ x: maxSeed }, maxSeed],
  ])('a seed given as %j is recorded as %i', async (given, seed) => {
    expect(await resolve(input('seed'), given)).toEqual({ values: { x: seed }, seeds: { x: seed } })
  })

  it('takes the default of a seed that is fixed by the workflow', async () => {
    expect((await resolve(input('seed', { default: 99 }), {})).seeds).toEqual({ x: 99 })
    expect((await resolve(input('seed', { default: 99 }), { x: -1 })).seeds).toEqual({ x: 7 })
  })
})

it('random seeds use all of 0 to 2^53 - 1', () => {
  expect(randomSeed(() => Buffer.alloc(8, 0xff))).toBe(maxSeed)
  expect(randomSeed(() => Buffer.alloc(8))).toBe(0)
})
