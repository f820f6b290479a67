import { describe, expect, it } from 'vitest'
import { describeRefusal, parseRefusal } from './prompt-refusal.ts'

const names = {
  labelOf: (node: string, input: string) => (node === '1' && input === 'image' ? 'Picture' : null),
  titleOf: (node: string) => (node === '2' ? 'Enlarge' : null),
}
const whole = (error: object) => describeRefusal(parseRefusal({ error, node_errors: {} })!, names)
const one = (node: string, error: object) =>
  describeRefusal(
    parseRefusal({
      error: { type: 'prompt_outputs_failed_validation', message: 'Prompt outputs failed validation' },
      node_errors: { [node]: { errors: [error], dependent_outputs: [], class_type: 'SomeNode' } },
    })!,
    names,
  )

describe('a refusal in words', () => {
  it.each([
    [
      {
        type: 'missing_node_type',
        message: "Node 'Magic' not found. The custom node may not be installed.",
        details: "Node ID '#4'",
        extra_info: { node_id: '4', class_type: 'Magic', node_title: 'Magic' },
      },
      'The workflow uses the node Magic, which the engine does not have.',
    ],
    [
      { type: 'prompt_no_outputs', message: 'Prompt has no outputs', details: '', extra_info: {} },
      'The workflow has no node that gives a result.',
    ],
    [{ type: 'new_kind', message: 'Something else', details: 'why' }, 'Something else: why.'],
  ])('%j', (error, words) => {
    expect(whole(error)).toBe(words)
  })

  it.each([
    [
      '1',
      {
        type: 'value_not_in_list',
        message: 'Value not in list',
        details: "image: 'a.png' not in []",
        extra_info: { input_name: 'image', received_value: 'a.png' },
      },
      'Picture: “a.png” is not one of the choices.',
    ],
    [
      '2',
      {
        type: 'value_smaller_than_min',
        message: 'Value 0 smaller than min of 1',
        details: 'n',
        extra_info: { input_name: 'n', input_config: ['INT', { min: 1 }], received_value: 0 },
      },
      'Enlarge: n must be at least 1.',
    ],
    [
      '3',
      {
        type: 'custom_validation_failed',
        message: 'Custom validation failed for node',
        details: 'image - Invalid image file: x.png',
        extra_info: { input_name: 'image' },
      },
      'SomeNode: image: Invalid image file: x.png.',
    ],
    [
      '3',
      { type: 'exception_during_validation', message: 'Exception when validating node', details: "'7'" },
      "SomeNode: Exception when validating node ('7').",
    ],
  ])('of node %s: %j', (node, error, words) => {
    expect(one(node, error)).toBe(words)
  })

  it('is never longer than a notice can be', () => {
    expect(whole({ type: 'x', message: 'long '.repeat(1000) }).length).toBe(1000)
  })

  it('is not made of a body in another shape', () => {
    expect(parseRefusal('nope')).toBeNull()
    expect(parseRefusal({ error: 'nope' })).toBeNull()
  })
})
