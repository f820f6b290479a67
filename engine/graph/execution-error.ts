/**
 * @file What a failed node says on the wire: exception type as ComfyUI's clients know it, text, and the inputs it was
 * called with, described rather than dumped.
 */
import { NodeError } from '../nodes/define.ts'
import type { GatheredInputs } from './gather-inputs.ts'

const longestText = 10_000
const mostItems = 100

export interface NodeFailure {
  type: string
  /** Without the newline that ends it on the wire. */
  message: string
  traceback: string[]
}

export function describeFailure(error: unknown): NodeFailure {
  if (error instanceof NodeError) {
    return { type: error.exceptionType, message: error.message, traceback: stackOf(error) }
  }
  if (error instanceof Error) return { type: exceptionType(error), message: error.message, traceback: stackOf(error) }
  return { type: 'RuntimeError', message: String(error), traceback: [] }
}

/** Scalars as they are, everything else as text. */
export function describeInputs(inputs: GatheredInputs | null): Record<string, unknown[]> {
  if (inputs === null) return {}
  return Object.fromEntries(
    [...inputs.lists]
      .filter(([name]) => !inputs.secret.has(name))
      .map(([name, items]) => [name, items.slice(0, mostItems).map(describeValue)]),
  )
}

function describeValue(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value.length > longestText ? `${value.slice(0, longestText)}...` : value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return value
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (typeof value !== 'object') return String(value)
  const { shape } = value as { shape?: unknown }
  if (Array.isArray(shape)) return `tensor of shape [${shape.join(', ')}]`
  if (Array.isArray(value)) return `list of ${value.length}`
  const name = value.constructor?.name
  return name === undefined || name === 'Object' ? `object with ${Object.keys(value).slice(0, 20).join(', ')}` : name
}

const typeByCode: Readonly<Record<string, string>> = {
  ENOENT: 'FileNotFoundError',
  EACCES: 'PermissionError',
  EPERM: 'PermissionError',
  EISDIR: 'IsADirectoryError',
  ENOTDIR: 'NotADirectoryError',
  ENOSPC: 'OSError',
  EDQUOT: 'OSError',
  EIO: 'OSError',
}

function exceptionType(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code
  if (typeof code === 'string' && Object.hasOwn(typeByCode, code)) return typeByCode[code]!
  if (error instanceof RangeError && /allocation failed|array length/i.test(error.message)) return 'MemoryError'
  return error.name === 'Error' ? 'RuntimeError' : error.name
}

function stackOf(error: Error): string[] {
  return (error.stack ?? `${error.name}: ${error.message}`).split('\n')
}
