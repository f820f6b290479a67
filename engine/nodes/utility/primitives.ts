/** @file The Primitive nodes: a value typed in once and used in several places. */
import { defineNode, type InputSpec, input } from '../define.ts'

/** Python's largest index, which ComfyUI gives as the bound. */
const bound = 2n ** 63n - 1n

function definePrimitive<T>(classType: string, displayName: string, type: string, value: InputSpec<T>) {
  return defineNode({
    classType,
    displayName,
    category: 'utils/primitive',
    inputs: { value },
    outputs: [{ type }],
    execute: ({ value }) => [value],
  })
}

export const primitiveInt = definePrimitive(
  'PrimitiveInt',
  'Int',
  'INT',
  input.int({ min: -bound, max: bound, control_after_generate: true }),
)
export const primitiveFloat = definePrimitive(
  'PrimitiveFloat',
  'Float',
  'FLOAT',
  input.float({ min: -Number(bound), max: Number(bound), step: 0.1 }),
)
export const primitiveString = definePrimitive('PrimitiveString', 'String', 'STRING', input.string())
export const primitiveStringMultiline = definePrimitive(
  'PrimitiveStringMultiline',
  'String (Multiline)',
  'STRING',
  input.string({ multiline: true }),
)
export const primitiveBoolean = definePrimitive('PrimitiveBoolean', 'Boolean', 'BOOLEAN', input.boolean())
