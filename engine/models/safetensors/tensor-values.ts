/**
 * @file Reads the values of one small tensor of a `.safetensors` file into memory as single precision. Weights of
 * networks do not come this way: the runtime maps them.
 */
import { open } from 'node:fs/promises'
import { NodeError } from '../../nodes/define.ts'
import { halvesToFloats } from '../ncnn/half-float.ts'
import type { Dtype } from './dtypes.ts'
import type { SafetensorsFile } from './read-safetensors.ts'

/**
 * @param key - of a tensor of the file
 * @returns the values in row-major order, as many as the shape says
 * @throws NodeError naming the file when there is no such tensor, it is of a type other than F64, F32, F16, BF16, or
 * the file became shorter since its header was read
 */
export async function readTensorValues(file: SafetensorsFile, key: string): Promise<Float32Array<ArrayBuffer>> {
  const entry = file.tensors.get(key)
  if (!entry) throw new NodeError(`${file.name} has no tensor "${key}"`)
  const toFloats = conversions[entry.dtype]
  if (!toFloats) throw new NodeError(`${file.name}: tensor "${key}" is of the type ${entry.dtype}, not floats`)
  const handle = await open(file.path, 'r')
  try {
    const bytes = new Uint8Array(entry.bytes)
    const { bytesRead } = await handle.read(bytes, 0, entry.bytes, entry.offset)
    if (bytesRead !== entry.bytes) throw new NodeError(`${file.name} changed while it was read; run again`)
    return toFloats(bytes.buffer)
  } finally {
    await handle.close()
  }
}

const conversions: Partial<Record<Dtype, (bytes: ArrayBuffer) => Float32Array<ArrayBuffer>>> = {
  F64: (bytes) => Float32Array.from(new Float64Array(bytes)),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => halvesToFloats(new Uint16Array(bytes)),
  // A bfloat16 is the upper half of a single.
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer),
}
