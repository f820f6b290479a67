/** @file Small nodes for the tests of the executor: each shows one thing a node may declare or do. */
import {
  type AnyNode,
  defineNode,
  ExecutionBlocker,
  type InputSpec,
  input,
  NodeError,
  type NodeResult,
} from '../../nodes/define.ts'

export interface TestNodeWorld {
  /** Each call of `execute`: node id and inputs. */
  calls: { nodeId: string; classType: string; inputs: Record<string, unknown> }[]
  /** What `TestMarked` answers as its change mark, by its `key`. */
  marks: Map<string, unknown>
  /** What `TestWait` waits for, by its `gate`. */
  gates: Map<string, Promise<unknown>>
}

const any = (options = {}): InputSpec<unknown> => input.link('*', options)
const number = (options = {}): InputSpec<number> => input.int({ min: -100, max: 100, ...options })

export function createTestNodes(world: TestNodeWorld): AnyNode[] {
  const nodes: AnyNode[] = [
    defineNode({
      classType: 'TestNumber',
      category: 'test',
      inputs: { value: number() },
      outputs: [{ type: 'INT' }],
      execute: ({ value }) => [value],
    }),
    defineNode({
      classType: 'TestAdd',
      category: 'test',
      inputs: { a: number(), b: number() },
      outputs: [{ type: 'INT' }],
      execute: ({ a, b }) => [a + b],
    }),
    defineNode({
      classType: 'TestText',
      category: 'test',
      inputs: { text: input.string() },
      outputs: [{ type: 'STRING' }],
      execute: ({ text }) => [text],
    }),
    defineNode({
      classType: 'TestShow',
      category: 'test',
      inputs: { value: any() },
      outputs: [],
      isOutputNode: true,
      execute: ({ value }) => ({ ui: { values: [value] } }),
    }),
    defineNode({
      classType: 'TestShowTwo',
      category: 'test',
      inputs: { value: any(), other: input.optional(any()) },
      outputs: [],
      isOutputNode: true,
      execute: ({ value, other }) => ({ ui: { values: [value, other] } }),
    }),
    defineNode({
      classType: 'TestShowFile',
      category: 'test',
      inputs: { value: any() },
      outputs: [],
      isOutputNode: true,
      execute: ({ value }) => ({ ui: { images: [{ filename: `${value}.png`, subfolder: '', type: 'output' }] } }),
    }),
    defineNode({
      classType: 'TestSilentOutput',
      category: 'test',
      inputs: { value: any() },
      outputs: [],
      isOutputNode: true,
      execute: () => [],
    }),
    defineNode({
      classType: 'TestPassThrough',
      category: 'test',
      inputs: { value: any() },
      outputs: [{ type: '*' }],
      hasIntermediateOutput: true,
      execute: ({ value }) => ({ ui: { seen: [value] }, result: [value] }),
    }),
    defineNode({
      classType: 'TestFail',
      category: 'test',
      inputs: { value: any(), message: input.string() },
      outputs: [{ type: 'INT' }],
      execute: ({ message }) => {
        throw new NodeError(message)
      },
    }),
    defineNode({
      classType: 'TestSteps',
      category: 'test',
      inputs: { steps: number(), value: input.optional(any()) },
      outputs: [{ type: 'INT' }],
      execute: async ({ steps }, context) => {
        for (let step = 1; step <= steps; step += 1) await context.progress(step, steps)
        return [steps]
      },
    }),
    defineNode({
      classType: 'TestChoose',
      category: 'test',
      inputs: { first: number({ lazy: true }), second: number({ lazy: true }), share: input.float({ min: 0, max: 1 }) },
      outputs: [{ type: 'INT' }],
      checkLazyStatus: ({ first, second, share }) => [
        ...(share !== 1 && first === null ? ['first'] : []),
        ...(share !== 0 && second === null ? ['second'] : []),
      ],
      execute: ({ first, second, share }) => [(first ?? 0) * (1 - share) + (second ?? 0) * share],
    }),
    defineNode({
      classType: 'TestAskWrongly',
      category: 'test',
      inputs: { value: input.optional(number({ lazy: true })), asks: input.string() },
      outputs: [{ type: 'INT' }],
      checkLazyStatus: ({ asks }) => [String(asks)],
      execute: ({ value }) => [value],
    }),
    defineNode({
      classType: 'TestCount',
      category: 'test',
      inputs: { count: number() },
      outputs: [{ type: 'INT', isList: true }],
      execute: ({ count }) => [Array.from({ length: count }, (_, index) => index + 1)],
    }),
    defineNode({
      classType: 'TestSum',
      category: 'test',
      inputs: { values: number() },
      outputs: [{ type: 'INT' }],
      inputIsList: true,
      execute: ({ values }) => [(values as unknown as number[]).reduce((sum, value) => sum + value, 0)],
    }),
    defineNode({
      classType: 'TestBlockAbove',
      category: 'test',
      inputs: { value: number(), limit: number(), message: input.string() },
      outputs: [{ type: 'INT' }],
      execute: ({ value, limit, message }) => [value > limit ? new ExecutionBlocker(message || null) : value],
    }),
    defineNode({
      classType: 'TestExpandSum',
      category: 'test',
      inputs: { a: number(), b: number(), shows: input.boolean() },
      outputs: [{ type: 'INT' }, { type: 'INT' }],
      execute: ({ a, b, shows }): NodeResult => ({
        expand: {
          left: { class_type: 'TestNumber', inputs: { value: a } },
          right: { class_type: 'TestNumber', inputs: { value: b } },
          sum: { class_type: 'TestAdd', inputs: { a: ['left', 0], b: ['right', 0] } },
          ...(shows && { show: { class_type: 'TestShow', inputs: { value: ['sum', 0] } } }),
        },
        result: [['sum', 0], 7],
      }),
    }),
    defineNode({
      classType: 'TestCountDown',
      category: 'test',
      inputs: { from: number(), total: number() },
      outputs: [{ type: 'INT' }],
      execute: ({ from, total }): NodeResult =>
        !(from > 0)
          ? [total]
          : {
              expand: {
                more: { class_type: 'TestAdd', inputs: { a: total, b: from } },
                again: { class_type: 'TestCountDown', inputs: { from: from - 1, total: ['more', 0] } },
              },
              result: [['again', 0]],
            },
    }),
    defineNode({
      classType: 'TestExpandForever',
      category: 'test',
      inputs: { value: number() },
      outputs: [{ type: 'INT' }],
      execute: ({ value }): NodeResult => ({
        expand: { again: { class_type: 'TestExpandForever', inputs: { value } } },
        result: [['again', 0]],
      }),
    }),
    defineNode({
      classType: 'TestExpandFailure',
      category: 'test',
      inputs: { shownUnder: input.string() },
      outputs: [{ type: 'INT' }],
      execute: ({ shownUnder }): NodeResult => ({
        expand: { bad: { class_type: 'TestFail', inputs: { value: 1, message: 'inner' } } },
        result: [['bad', 0]],
        ...(shownUnder && { displayIds: { bad: shownUnder } }),
      }),
    }),
    defineNode({
      classType: 'TestExpandCycle',
      category: 'test',
      inputs: { value: number() },
      outputs: [{ type: 'INT' }],
      execute: (): NodeResult => ({
        expand: {
          one: { class_type: 'TestAdd', inputs: { a: 1, b: ['two', 0] } },
          two: { class_type: 'TestAdd', inputs: { a: 1, b: ['one', 0] } },
        },
        result: [['one', 0]],
      }),
    }),
    defineNode({
      classType: 'TestExpandTensor',
      category: 'test',
      inputs: { value: number() },
      outputs: [{ type: '*' }],
      execute: ({ value }): NodeResult => ({
        expand: { pass: { class_type: 'TestPassThrough', inputs: { value: Float32Array.of(value) } } },
        result: [['pass', 0]],
      }),
    }),
    defineNode({
      classType: 'TestRawLink',
      category: 'test',
      inputs: { value: any({ rawLink: true }) },
      outputs: [{ type: '*' }],
      execute: ({ value }): NodeResult => ({
        expand: { pass: { class_type: 'TestPassThrough', inputs: { value } } },
        result: [['pass', 0]],
      }),
    }),
    defineNode({
      classType: 'TestMarked',
      category: 'test',
      inputs: { key: input.string(), value: input.optional(any()) },
      outputs: [{ type: 'INT' }],
      changeMark: ({ key }) => {
        const mark = world.marks.get(String(key))
        if (mark instanceof Error) throw mark
        return mark
      },
      execute: () => [1],
    }),
    defineNode({
      classType: 'TestOwnResult',
      category: 'test',
      inputs: {},
      outputs: [{ type: 'INT' }],
      notIdempotent: true,
      execute: () => [1],
    }),
    defineNode({
      classType: 'TestOwnId',
      category: 'test',
      inputs: {},
      hidden: { id: 'UNIQUE_ID' },
      outputs: [{ type: 'STRING' }],
      execute: (inputs) => [(inputs as { id?: string }).id],
    }),
    defineNode({
      classType: 'TestWait',
      category: 'test',
      inputs: { gate: input.string(), value: number() },
      outputs: [{ type: 'INT' }],
      isAsync: true,
      execute: async ({ gate, value }, { signal }) => {
        const stopped = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        })
        await Promise.race([world.gates.get(gate), stopped])
        return [value]
      },
    }),
    defineNode({
      classType: 'TestPrompt',
      category: 'test',
      inputs: { key: input.string() },
      hidden: { prompt: 'PROMPT', extra: 'EXTRA_PNGINFO' },
      outputs: [{ type: '*' }],
      changeMark: () => 'digest',
      execute: (inputs) => [inputs],
    }),
  ]
  return nodes.map((node) => ({
    ...node,
    execute: (inputs, context) => {
      world.calls.push({ nodeId: context.nodeId, classType: node.classType, inputs })
      return node.execute(inputs, context)
    },
  }))
}
