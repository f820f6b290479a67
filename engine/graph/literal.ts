/**
 * @file Literal input values: unwrapping, and the conversion to the declared type. The rules are Python's, since
 * prompts were written against them: `int("5")` is 5, `int("5.0")` is refused, any text but the empty one is true.
 */
import { pythonRepr, pythonStr, pythonTypeName } from './python-text.ts'

const wrapperKey = '__value__'

/** True for `{"__value__": ...}`, the form in which a literal list is passed. */
export function isWrapped(value: unknown): value is { __value__: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, wrapperKey)
}

/** The value itself, without the wrapper. */
export function unwrapLiteral(value: unknown): unknown {
  return isWrapped(value) ? value[wrapperKey] : value
}

/**
 * The literal as it is kept in the prompt. A list stays wrapped: bare, a list such as `["a", 1]` would read as a link
 * when the prompt is run again.
 */
export function wrapLiteral(value: unknown): unknown {
  return Array.isArray(value) ? { [wrapperKey]: value } : value
}

export type Conversion = { ok: true; value: unknown } | { ok: false; reason: string }

/** Converts a literal to the declared type; types other than the four primitive ones take the value as it is. */
export function convertLiteral(type: string, value: unknown): Conversion {
  switch (type) {
    case 'INT':
      return toInt(value)
    case 'FLOAT':
      return toFloat(value)
    case 'STRING':
      return { ok: true, value: pythonStr(value) }
    case 'BOOLEAN':
      return { ok: true, value: isTruthy(value) }
    default:
      return { ok: true, value }
  }
}

/** Whole numbers that a double cannot hold are bigints, as they come out of the request. */
function toInt(value: unknown): Conversion {
  if (typeof value === 'bigint') return { ok: true, value }
  if (typeof value === 'boolean') return { ok: true, value: value ? 1 : 0 }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { ok: false, reason: 'cannot convert float infinity to integer' }
    return { ok: true, value: Math.trunc(value) + 0 }
  }
  if (typeof value === 'string') {
    const digits = value.trim()
    if (/^[+-]?\d+(_\d+)*$/.test(digits) && digits.length <= 300) {
      const plain = digits.replaceAll('_', '')
      const number = Number(plain) + 0
      return { ok: true, value: Number.isSafeInteger(number) ? number : BigInt(plain.replace('+', '')) }
    }
    return { ok: false, reason: `invalid literal for int() with base 10: ${pythonRepr(value)}` }
  }
  return {
    ok: false,
    reason: `int() argument must be a string, a bytes-like object or a real number, not '${pythonTypeName(value)}'`,
  }
}

/** Infinity and NaN, which Python's `float()` reads, are refused: JSON cannot carry them to the job's record. */
function toFloat(value: unknown): Conversion {
  if (typeof value === 'boolean') return { ok: true, value: value ? 1 : 0 }
  if (typeof value === 'bigint') return { ok: true, value: Number(value) }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { ok: false, reason: `could not convert to float: ${pythonStr(value)}` }
    return { ok: true, value }
  }
  if (typeof value === 'string') {
    const text = value.trim()
    const number = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+)?$/i.test(text)
      ? Number(text.replaceAll('_', ''))
      : Number.NaN
    if (Number.isFinite(number)) return { ok: true, value: number }
    return { ok: false, reason: `could not convert string to float: ${pythonRepr(value)}` }
  }
  return {
    ok: false,
    reason: `float() argument must be a string or a real number, not '${pythonTypeName(value)}'`,
  }
}

function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}
