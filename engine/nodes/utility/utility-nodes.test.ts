import { expect, it } from 'vitest'
import { builtinNodes } from '../index.ts'
import { createNodeRegistry } from '../registry.ts'
import { describeValue } from './preview-any.ts'

it.each([
  ['text as it is', 'a "b"', 'a "b"'],
  ['nothing as None', null, 'None'],
  ['booleans as Python writes them', true, 'True'],
  ['numbers', 1.5, '1.5'],
  ['objects as indented JSON', { a: [1] }, '{\n    "a": [\n        1\n    ]\n}'],
  ['a tensor by its shape', { data: new Float32Array(6), shape: [1, 2, 3] }, 'tensor of 1 × 2 × 3'],
])('PreviewAny shows %s', (_, value, text) => {
  expect(describeValue(value)).toBe(text)
})

it('PreviewAny says so when a value cannot be shown', () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  expect(describeValue(circle)).toBe('source exists, but could not be serialized.')
})

it('a primitive passes its value on', async () => {
  const registry = createNodeRegistry(builtinNodes)
  const passed = (classType: string, value: unknown) => registry.get(classType)!.execute({ value }, {} as never)
  expect(passed('PrimitiveInt', 7)).toEqual([7])
  expect(passed('PrimitiveStringMultiline', 'a\nb')).toEqual(['a\nb'])
  expect(passed('PrimitiveBoolean', false)).toEqual([false])
})
