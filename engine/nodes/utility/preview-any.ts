/** @file PreviewAny: whatever comes in, as text. */
import { defineNode, input } from '../define.ts'

/** Longest text that is shown; a history entry keeps it. */
const longestText = 65_536

export const previewAny = defineNode({
  classType: 'PreviewAny',
  displayName: 'Preview as Text',
  category: 'utils',
  isOutputNode: true,
  searchAliases: ['show output', 'inspect', 'debug', 'print value', 'show text'],
  inputs: { source: input.link('*') },
  outputs: [],
  execute: ({ source }) => ({ ui: { text: [describeValue(source).slice(0, longestText)] } }),
})

/** Strings as they are, numbers and booleans as Python writes them, tensors by their shape, the rest as JSON. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (isTensor(value)) return `tensor of ${value.shape.join(' × ')}`
  try {
    return JSON.stringify(value, (_, inner: unknown) => (isTensor(inner) ? describeValue(inner) : inner), 4) ?? 'None'
  } catch {
    return 'source exists, but could not be serialized.'
  }
}

function isTensor(value: unknown): value is { data: Float32Array; shape: number[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    ArrayBuffer.isView(value.data) &&
    'shape' in value &&
    Array.isArray(value.shape)
  )
}
