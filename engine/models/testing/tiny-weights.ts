/**
 * @file Checkpoints for tests. Values follow a rule of the tensor's name and each element's place, which
 * `scripts/reference/tiny_weights.py` follows too: both sides have the same network and no weights are stored.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { type Dtype, dtypeBytes } from '../safetensors/dtypes.ts'

export type Shapes = ReadonlyMap<string, readonly number[]>

/**
 * The values of a tensor, deterministic, uniform about their middle:
 * matrices and kernels `±sqrt(3 / fan-in)` (they keep the deviation of what they get), vectors named `.weight` (the scale
 * of a normalization) `1 ± 0.1`, other vectors and scalars `±0.1`.
 */
export function tinyTensor(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  return tinyValues(
    name,
    shape,
    0,
    shape.reduce((product, size) => product * size, 1),
  )
}

/** A part of a tensor: `count` values from place `first` on. */
function tinyValues(name: string, shape: readonly number[], first: number, count: number): Float32Array<ArrayBuffer> {
  const { middle, reach } = valueRange(name, shape)
  const seed = fnv1a(name)
  const values = new Float32Array(count)
  for (let index = 0; index < count; index += 1) {
    // 32 bits to -1 (included) up to 1; all of this is exact in double precision but the last line.
    const unit = mix((seed + Math.imul(first + index, 0x9e3779b1)) >>> 0) / 2 ** 31 - 1
    values[index] = middle + reach * unit
  }
  return values
}

function valueRange(name: string, shape: readonly number[]): { middle: number; reach: number } {
  if (shape.length >= 2) {
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1)
    return { middle: 0, reach: Math.sqrt(3 / fanIn) }
  }
  return { middle: name.endsWith('.weight') ? 1 : 0, reach: 0.1 }
}

/** @see http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** MurmurHash3's finalizer. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export interface TinyFileOptions {
  /** Of all tensors. @default 'F32' */
  dtype?: Dtype
  metadata?: Record<string, string>
  /** The name that a tensor's values follow, when the file calls it something else. @default its name */
  ruleName?: (name: string) => string
  /** Values of single tensors that do not follow the rule. */
  values?: ReadonlyMap<string, Float32Array>
  /** Of these tensors only some rows are written; the others are zeros that take no room on the disk. */
  rows?: ReadonlyMap<string, readonly number[]>
  /**
   * Values of a tensor repeat after so many, so that a file of real size is written in seconds. Best a prime: then no two
   * rows of a matrix are the same. @default never
   */
  period?: number
}

/** Writes a whole `.safetensors` file; without a `period`, of small tensors. */
export async function writeTinySafetensors(path: string, shapes: Shapes, options: TinyFileOptions = {}): Promise<void> {
  const { dtype = 'F32', metadata, ruleName = (name) => name, values, rows, period } = options
  const handle = await open(path, 'w')
  try {
    const start = header(shapes, dtype, metadata)
    await writeAt(handle, start, 0)
    let place = start.length
    for (const [name, shape] of shapes) {
      const chosen = rows?.get(name)
      if (chosen) await writeRows(handle, { name: ruleName(name), shape, dtype, place }, chosen)
      else if (period) await writePeriods(handle, { name: ruleName(name), shape, dtype, place }, period)
      else await writeAt(handle, encode(values?.get(name) ?? tinyTensor(ruleName(name), shape), dtype), place)
      place += shape.reduce((product, size) => product * size, dtypeBytes[dtype])
    }
    await handle.truncate(place)
  } finally {
    await handle.close()
  }
}

async function writeAt(handle: FileHandle, bytes: Buffer, place: number): Promise<void> {
  await handle.write(bytes, 0, bytes.length, place)
}

/** A tensor on its way into a file. */
interface Placed {
  name: string
  shape: readonly number[]
  dtype: Dtype
  place: number
}

async function writePeriods(handle: FileHandle, { name, shape, dtype, place }: Placed, period: number): Promise<void> {
  const count = shape.reduce((product, size) => product * size, 1)
  const bytes = encode(tinyValues(name, shape, 0, Math.min(count, period)), dtype)
  const end = place + count * dtypeBytes[dtype]
  for (let at = place; at < end; at += bytes.length) await writeAt(handle, bytes.subarray(0, end - at), at)
}

async function writeRows(
  handle: FileHandle,
  { name, shape, dtype, place }: Placed,
  rows: readonly number[],
): Promise<void> {
  const length = shape.slice(1).reduce((product, size) => product * size, 1)
  for (const row of rows) {
    const bytes = encode(tinyValues(name, shape, row * length, length), dtype)
    await writeAt(handle, bytes, place + row * bytes.length)
  }
}

/** Writes a header of any size of network and zeros that take no room on the disk. */
export async function writeSparseSafetensors(path: string, shapes: Shapes, dtype: Dtype = 'F32'): Promise<void> {
  const handle = await open(path, 'w')
  try {
    const bytes = header(shapes, dtype)
    await handle.writeFile(bytes)
    await handle.truncate(bytes.length + dataLength(shapes, dtype))
  } finally {
    await handle.close()
  }
}

function header(shapes: Shapes, dtype: Dtype, metadata?: Record<string, string>): Buffer {
  let end = 0
  const entries: [string, unknown][] = metadata ? [['__metadata__', metadata]] : []
  for (const [name, shape] of shapes) {
    const begin = end
    end += shape.reduce((product, size) => product * size, dtypeBytes[dtype])
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }])
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text])
}

function dataLength(shapes: Shapes, dtype: Dtype): number {
  return [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((n, size) => n * size, dtypeBytes[dtype]), 0)
}

function encode(values: Float32Array, dtype: Dtype): Buffer {
  if (dtype === 'F32') return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  if (dtype === 'F64') return Buffer.from(Float64Array.from(values).buffer)
  if (dtype === 'BF16') return Buffer.from(Uint16Array.from(values, bfloat16).buffer)
  if (dtype === 'F16') return Buffer.from(Uint16Array.from(values, (value) => nearest(value, halfFormat)).buffer)
  if (dtype === 'F8_E4M3') return Buffer.from(Uint8Array.from(values, (value) => nearest(value, e4m3Format)))
  if (dtype === 'F8_E5M2') return Buffer.from(Uint8Array.from(values, (value) => nearest(value, e5m2Format)))
  throw new Error(`tiny files are not written as ${dtype}`)
}

function bfloat16(value: number): number {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer) as unknown as [number]
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

interface FloatFormat {
  exponentBits: number
  mantissaBits: number
}
const halfFormat: FloatFormat = { exponentBits: 5, mantissaBits: 10 }
const e4m3Format: FloatFormat = { exponentBits: 4, mantissaBits: 3 }
const e5m2Format: FloatFormat = { exponentBits: 5, mantissaBits: 2 }

/** Bits of the nearest value, ties to even. Values are small here: nothing overflows. */
function nearest(value: number, { exponentBits, mantissaBits }: FloatFormat): number {
  const sign = value < 0 || Object.is(value, -0) ? 1 << (exponentBits + mantissaBits) : 0
  const size = Math.abs(value)
  const bias = 2 ** (exponentBits - 1) - 1
  const exponent = size === 0 ? 1 - bias : Math.max(1 - bias, Math.floor(Math.log2(size)))
  const scaled = size / 2 ** (exponent - mantissaBits)
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const rounded = floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0)
  // A mantissa that carries over moves into the exponent by itself.
  return sign + (exponent + bias - 1) * 2 ** mantissaBits + rounded
}
