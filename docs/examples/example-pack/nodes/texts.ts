/** @file Texts: lists, what a node shows, validation in words. */
import type { NodePackApi, PackNode } from 'pod-studio/node-pack'

export function createTextNodes({ defineNode, input }: NodePackApi): PackNode[] {
  const split = defineNode({
    classType: 'ExampleSplitText',
    category: 'example/texts',
    inputs: { text: input.string({ multiline: true, default: 'one\ntwo' }) },
    outputs: [{ type: 'STRING', name: 'lines', isList: true }],
    execute: ({ text }) => [text.split('\n')],
  })

  const join = defineNode({
    classType: 'ExampleJoinTexts',
    category: 'example/texts',
    inputIsList: true,
    inputs: { texts: input.link<string[]>('STRING'), separator: input.string({ default: ', ' }) },
    outputs: [{ type: 'STRING' }],
    execute: ({ texts, separator }) => [texts.join(separator[0])],
  })

  const shout = defineNode({
    classType: 'ExampleShout',
    category: 'example/texts',
    inputs: {
      text: input.string({ dynamicPrompts: true }),
      marks: input.optional(input.int({ default: 1, min: 0, max: 9 })),
    },
    outputs: [{ type: 'STRING' }],
    validate: {
      names: ['text'],
      check: ({ text }) => text === null || String(text).trim() !== '' || 'There is nothing to shout.',
    },
    execute: ({ text, marks = 1 }) => [text.toUpperCase() + '!'.repeat(marks)],
  })

  const describe = defineNode({
    classType: 'ExampleDescribe',
    category: 'example/texts',
    inputs: { value: input.link<unknown>('INT,FLOAT,STRING') },
    outputs: [{ type: 'STRING' }],
    validate: {
      names: 'all',
      wantsInputTypes: true,
      check: (_inputs, _environment, { value }) => value !== 'IMAGE' || 'A picture has no short description.',
    },
    execute: ({ value }) => [`${typeof value} ${String(value)}`],
  })

  const show = defineNode({
    classType: 'ExampleShowText',
    category: 'example/texts',
    isOutputNode: true,
    inputs: { text: input.string({ forceInput: true }) },
    outputs: [{ type: 'STRING' }],
    execute({ text }, context) {
      context.sendText(text)
      return { ui: { text: [text] }, result: [text] }
    },
  })

  const inspect = defineNode({
    classType: 'ExampleInspect',
    category: 'example/texts',
    devOnly: true,
    hasIntermediateOutput: true,
    inputs: { text: input.string({ forceInput: true }) },
    outputs: [{ type: 'STRING' }],
    execute: ({ text }) => ({ ui: { text: [`passing: ${text}`] }, result: [text] }),
  })

  return [split, join, shout, describe, show, inspect]
}
