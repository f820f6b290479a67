/** @file Writes a small `.safetensors` file: single precision tensors and texts about them. */
import { open } from 'node:fs/promises'

export interface NamedTensor {
  name: string
  shape: readonly number[]
  /** In row-major order, as many as the shape says. */
  data: Float32Array
}

/** What other readers expect: tensors begin at a multiple of this many bytes. */
const alignment = 8

/**
 * @param path - of a file that does not exist yet
 * @param tensors - written one after the other, in this order
 * @throws Error of the file system, also when there is such a file
 * @see https://huggingface.co/docs/safetensors
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  let end = 0
  const entries = tensors.map(({ name, shape, data }) => {
    const begin = end
    end += data.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const
  })
  const texts = Object.keys(metadata).length > 0 ? [['__metadata__', metadata] as const] : []
  const header = Buffer.from(JSON.stringify(Object.fromEntries([...texts, ...entries])))
  const padding = (alignment - (header.length % alignment)) % alignment
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length + padding))
  const handle = await open(path, 'wx')
  try {
    await handle.writeFile(Buffer.concat([length, header, Buffer.alloc(padding, ' ')]))
    for (const { data } of tensors) {
      await handle.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
  } finally {
    await handle.close()
  }
}
