import { describe, expect, it } from 'vitest'
import { type AnyNode, defineNode, ExecutionBlocker, input, type NodeResult } from '../nodes/define.ts'
import { createGraphEngine, node } from './testing/graph-engine.ts'

describe('a blocker', () => {
  const shows = (value: unknown) => node('TestShow', { value })

  it('in one place of a tuple blocks what takes that output, and nothing else', async () => {
    const run = await createGraphEngine({ nodes: blockerNodes }).run({
      half: node('TestBlockSecond', { value: 5 }),
      first: shows(['half', 0]),
      second: shows(['half', 1]),
    })
    expect([run.shown('first'), run.shown('second')]).toEqual([[5], undefined])
    expect(run.outcome.status).toBe('success')
  })

  it('in place of the whole result blocks every output', async () => {
    const run = await createGraphEngine({ nodes: blockerNodes }).run({
      whole: node('TestBlockWhole', {}),
      first: shows(['whole', 0]),
      second: shows(['whole', 1]),
    })
    expect([run.shown('first'), run.shown('second')]).toEqual([undefined, undefined])
    expect(run.outcome.status).toBe('success')
  })

  it('beside what a node shows leaves that shown', async () => {
    const run = await createGraphEngine({ nodes: blockerNodes }).run({
      shown: node('TestShowAndBlock', { value: 3 }),
      after: shows(['shown', 0]),
    })
    expect([run.shown('shown'), run.shown('after')]).toEqual([[3], undefined])
  })

  it('as the result of an expansion blocks what takes it', async () => {
    const run = await createGraphEngine({ nodes: blockerNodes }).run({
      outer: node('TestExpandBlocked', {}),
      direct: shows(['outer', 0]),
      linked: shows(['outer', 1]),
      plain: shows(['outer', 2]),
    })
    expect([run.shown('direct'), run.shown('linked'), run.shown('plain')]).toEqual([undefined, undefined, [1]])
  })

  it('among the items of a list output blocks its item only', async () => {
    const run = await createGraphEngine({ nodes: blockerNodes }).run({
      list: node('TestBlockInList', {}),
      show: shows(['list', 0]),
    })
    expect(run.shown('show')).toEqual([1, 3])
  })

  it('reaches an output node at the end, which is skipped and shows nothing', async () => {
    const run = await createGraphEngine().run({
      gate: node('TestBlockAbove', { value: 3, limit: 1, message: '' }),
      show: shows(['gate', 0]),
    })
    expect(run.ran).toEqual(['gate'])
    expect(run.outcome.outputs).toEqual({})
    expect(run.order.at(-1)).toBe('execution_success')
  })

  it('is not asked for by a lazy input that is not needed', async () => {
    const run = await createGraphEngine().run({
      gate: node('TestBlockAbove', { value: 3, limit: 1, message: '' }),
      two: node('TestNumber', { value: 2 }),
      mix: node('TestChoose', { first: ['two', 0], second: ['gate', 0], share: 0 }),
      show: shows(['mix', 0]),
    })
    expect(run.ran).not.toContain('gate')
    expect(run.shown('show')).toEqual([2])
  })
})

describe('a loop made by expansion', () => {
  it('reports an error in its body under the node that was submitted, with the type of that node', async () => {
    const run = await createGraphEngine({ nodes: blockerNodes }).run({
      loop: node('TestLoopThatFails', { left: 3 }),
      show: node('TestShow', { value: ['loop', 0] }),
    })
    expect(run.outcome.error).toMatchObject({ node_id: 'loop', node_type: 'TestLoopThatFails', message: 'in the body' })
    const executing = run.messages.flatMap((each) => (each.type === 'executing' ? [each.data] : []))
    expect(executing.map((each) => each.display_node)).toEqual(Array(5).fill('loop'))
    expect(executing.map((each) => each.node)).toEqual([
      'loop',
      'loop.0.0.again',
      'loop.0.0.again.0.0.again',
      'loop.0.0.again.0.0.again.0.0.again',
      'loop.0.0.again.0.0.again.0.0.again.0.0.bad',
    ])
  })

  it('gives each turn ids of its own, so that the same body runs at each turn', async () => {
    const run = await createGraphEngine().run({
      loop: node('TestCountDown', { from: 3, total: 0 }),
      show: node('TestShow', { value: ['loop', 0] }),
    })
    expect(new Set(run.ran).size).toBe(run.ran.length)
    expect(run.shown('show')).toEqual([6])
  })
})

const blockerNodes: AnyNode[] = [
  defineNode({
    classType: 'TestBlockSecond',
    category: 'test',
    inputs: { value: input.int() },
    outputs: [{ type: '*' }, { type: '*' }],
    execute: ({ value }) => [value, new ExecutionBlocker()],
  }),
  defineNode({
    classType: 'TestBlockWhole',
    category: 'test',
    inputs: {},
    outputs: [{ type: '*' }, { type: '*' }],
    execute: () => new ExecutionBlocker() as unknown as NodeResult,
  }),
  defineNode({
    classType: 'TestShowAndBlock',
    category: 'test',
    inputs: { value: input.int() },
    outputs: [{ type: '*' }],
    isOutputNode: true,
    execute: ({ value }) => ({ ui: { values: [value] }, result: [new ExecutionBlocker()] }),
  }),
  defineNode({
    classType: 'TestExpandBlocked',
    category: 'test',
    inputs: {},
    outputs: [{ type: '*' }, { type: '*' }, { type: '*' }],
    execute: (): NodeResult => ({
      expand: { gate: { class_type: 'TestBlockAbove', inputs: { value: 2, limit: 1, message: '' } } },
      result: [new ExecutionBlocker(), ['gate', 0], 1],
    }),
  }),
  defineNode({
    classType: 'TestBlockInList',
    category: 'test',
    inputs: {},
    outputs: [{ type: '*', isList: true }],
    execute: () => [[1, new ExecutionBlocker(), 3]],
  }),
  defineNode({
    classType: 'TestLoopThatFails',
    category: 'test',
    inputs: { left: input.int() },
    outputs: [{ type: '*' }],
    execute: ({ left }): NodeResult => ({
      expand:
        left > 0
          ? { again: { class_type: 'TestLoopThatFails', inputs: { left: left - 1 } } }
          : { bad: { class_type: 'TestFail', inputs: { value: 1, message: 'in the body' } } },
      result: [[left > 0 ? 'again' : 'bad', 0]],
    }),
  }),
]
