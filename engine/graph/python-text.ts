/**
 * @file Values written as Python writes them. ComfyUI's error texts quote values that way (`'a' not in ['b']`) and its
 * STRING conversion gives that text, so clients that match on them keep working.
 */

/** Python's `str(value)` of a JSON value. */
export function pythonStr(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** Python's `repr(value)` of a JSON value: quoted strings, `True`, `None`, lists and dicts. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'number') return pythonNumber(value)
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, item]) => `${quote(key)}: ${pythonRepr(item)}`)
      .join(', ')}}`
  }
  return String(value)
}

/** The name of a JSON value's type in Python, for texts such as `must be ... not 'dict'`. */
export function pythonTypeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return Array.isArray(value) ? 'list' : 'dict'
}

/** A float with its decimal point: `1.0`, `1e-05`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa, exponentText] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** JSON does not tell 1 from 1.0, so a whole number is written as an integer. */
function pythonNumber(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : pythonFloat(value)
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  let quoted = ''
  for (const character of text) quoted += escaped(character, mark)
  return mark + quoted + mark
}

function escaped(character: string, mark: string): string {
  if (character === mark || character === '\\') return `\\${character}`
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  return character
}
