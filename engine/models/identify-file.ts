/**
 * @file Tells what a model file is by its first bytes, never by its name, and says in words why some are not read.
 */
import { open } from 'node:fs/promises'
import { NodeError } from '../nodes/define.ts'
import { ncnnMagic } from './ncnn/param-file.ts'

export type ModelFormat = 'onnx' | 'ncnn' | 'safetensors'

const headBytes = 4096

/**
 * @param fileName - for messages
 * @throws NodeError for formats that this engine does not read: the text says which it is and what would work
 */
export async function identifyModelFile(path: string, fileName: string): Promise<ModelFormat> {
  const head = await readHead(path)
  const text = head.toString('latin1')
  if (head.length === 0) throw new NodeError(`${fileName} is empty`)
  if (text.trimStart().startsWith(ncnnMagic)) return 'ncnn'
  if (isSafetensors(head)) return 'safetensors'
  const refusal = refusals.find(({ matches }) => matches(head, text))
  if (refusal) throw new NodeError(`${fileName} ${refusal.reason}`)
  // An ONNX file begins with its IR version, its producer's name, its graph or its operator sets.
  if ([0x08, 0x12, 0x3a, 0x42].includes(head[0]!)) return 'onnx'
  throw new NodeError(
    `${fileName} is no model file that this engine knows: it reads .safetensors, .onnx, and .param with .bin`,
  )
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const bytes = Buffer.alloc(headBytes)
    const { bytesRead } = await handle.read(bytes, 0, headBytes, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** The length of the header, then the brace that opens it. Whether the rest holds is judged by who reads it. */
function isSafetensors(head: Buffer): boolean {
  return head.length > 9 && head.readBigUInt64LE(0) < 2n ** 32n && head.readBigUInt64LE(0) > 1n && head[8] === 0x7b
}

const convert = 'Take the model as .safetensors or ONNX; most are offered in one of the two.'

const refusals: readonly { matches: (head: Buffer, text: string) => boolean; reason: string }[] = [
  {
    // PyTorch since 1.6: a zip that holds a pickle.
    matches: (head) => head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1')),
    reason: `is a PyTorch pickle (.pt, .pth, .ckpt): opening one may run any program hidden in it. ${convert}`,
  },
  {
    // A bare pickle: its protocol number, 2 to 5, then an opcode or a frame.
    matches: (head) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    reason: `is a Python pickle: opening one may run any program hidden in it. ${convert}`,
  },
  {
    matches: (_head, text) => text.startsWith('version https://git-lfs'),
    reason: 'is a Git LFS pointer, not the model itself: download the real file.',
  },
  {
    matches: (_head, text) => /^\s*<(!doctype|html|\?xml)/i.test(text),
    reason: 'is a web page: the download saved a page in place of the model.',
  },
  {
    matches: (_head, text) => text.startsWith('GGUF'),
    reason: `is a GGUF file. ${convert}`,
  },
  {
    // ncnn's weights begin with the tag of their first layer, half or single precision.
    matches: (head) => head.length > 4 && [0x01306b47, 0].includes(head.readUInt32LE(0)),
    reason: 'looks like the weights of an ncnn model: choose the .param file beside it.',
  },
]
