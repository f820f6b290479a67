/** @file How a graph runs: lazy inputs, blockers, loops, waiting beside others. */
import { setTimeout as wait } from 'node:timers/promises'
import type { NodePackApi, PackNode } from 'pod-studio/node-pack'

export function createFlowNodes({ defineNode, input, ExecutionBlocker, NodeError }: NodePackApi): PackNode[] {
  const choose = defineNode({
    classType: 'ExampleChoose',
    description: 'Evaluates only the input that is chosen.',
    category: 'example/flow',
    inputs: {
      first: input.link('*', { lazy: true }),
      second: input.link('*', { lazy: true }),
      takeFirst: input.boolean({ default: true }),
    },
    outputs: [{ type: '*', name: 'chosen' }],
    checkLazyStatus: ({ takeFirst }) => [takeFirst ? 'first' : 'second'],
    execute: ({ first, second, takeFirst }) => [takeFirst ? first : second],
  })

  const gate = defineNode({
    classType: 'ExampleGate',
    category: 'example/flow',
    inputs: { value: input.link('*'), open: input.boolean({ default: true }), reason: input.string() },
    outputs: [{ type: '*' }],
    execute: ({ value, open, reason }) => [open ? value : new ExecutionBlocker(reason || null)],
  })

  const countdown = defineNode({
    classType: 'ExampleCountdown',
    description: 'A loop: the node answers with a graph that holds itself, one turn shorter.',
    category: 'example/flow',
    inputs: { text: input.string(), turns: input.int({ default: 3, min: 0, max: 100 }) },
    outputs: [{ type: 'STRING' }],
    execute({ text, turns }) {
      if (turns === 0) return [text]
      return {
        expand: {
          shout: { class_type: 'ExampleShout', inputs: { text, marks: 1 } },
          again: { class_type: 'ExampleCountdown', inputs: { text: ['shout', 0], turns: turns - 1 } },
        },
        result: [['again', 0]],
      }
    },
  })

  const pause = defineNode({
    classType: 'ExampleWait',
    category: 'example/flow',
    isAsync: true,
    apiNode: true,
    inputs: { text: input.string(), seconds: input.float({ default: 0.1, min: 0, max: 600 }) },
    outputs: [{ type: 'STRING' }],
    async execute({ text, seconds }, { signal }) {
      await wait(seconds * 1000, undefined, { signal })
      return [text]
    },
  })

  const fail = defineNode({
    classType: 'ExampleFail',
    category: 'example/flow',
    deprecated: true,
    inputs: { message: input.string({ default: 'This went wrong.' }) },
    outputs: [{ type: 'STRING' }],
    execute({ message }) {
      throw new NodeError(message, 'ValueError')
    },
  })

  const idOf = defineNode({
    classType: 'ExampleNodeId',
    category: 'example/flow',
    notIdempotent: true,
    inputs: {},
    hidden: { id: 'UNIQUE_ID', prompt: 'PROMPT', extra: 'EXTRA_PNGINFO', graph: 'DYNPROMPT' },
    outputs: [{ type: 'STRING' }],
    execute: ({ id, prompt, graph }) => [`${id} ${prompt[id]?.class_type} ${graph.has(id)}`],
  })

  return [choose, gate, countdown, pause, fail, idOf]
}
