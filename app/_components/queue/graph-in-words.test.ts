import { expect, it } from 'vitest'
import type { GraphSetting } from '#contracts/jobs'
import { graphInWords } from './graph-in-words.ts'

const setting = (type: GraphSetting['type'], input: string, value: GraphSetting['value']): GraphSetting => ({
  ...{ label: input, type, input, value },
})

it('says prompt, seed, size and model of a graph, whatever order they come in', () => {
  const settings = [
    setting('text', 'text', 'a red fox in the snow'),
    setting('text', 'text', 'blurry'),
    setting('model', 'ckpt_name', 'dream_v8.safetensors'),
    setting('int', 'width', 768),
    setting('int', 'height', 512),
    setting('int', 'steps', 20),
    setting('seed', 'seed', '18446744073709551615'),
  ]
  expect(graphInWords(settings)).toEqual([
    '“a red fox in the snow”',
    'Seed 18446744073709551615',
    '768 × 512',
    'dream_v8.safetensors',
  ])
})

it('names pictures as they were given, and leaves out what is not there', () => {
  expect(
    graphInWords([setting('image', 'image', '20260324_143052_a1b2c3_cat.png'), setting('text', 'text', '')]),
  ).toEqual(['cat.png'])
})
