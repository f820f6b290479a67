/**
 * @file Whether bytes are a model file the engine reads, by name and by content. Pickles run code when they are opened, so
 * they are refused whatever they are called. Pure.
 */
import { modelFolderSchema } from '#contracts/models'
import { parseRelativePath } from '#contracts/relative-path'

export const modelExtensions = ['.safetensors', '.onnx', '.param', '.bin'] as const

/** Bytes from the beginning that a judgement needs. */
export const judgedBytes = 16

const extensionOf = (name: string) => /\.[^.]+$/.exec(name.toLowerCase())?.[0] ?? ''

/** @returns why a file of this name is not accepted, in words, or null */
export function refuseName(folder: string, filename: string): string | null {
  const segments = parseRelativePath(filename)
  if (segments?.length !== 1 || filename.startsWith('.')) return 'not an acceptable file name'
  if (!modelFolderSchema.safeParse(folder).success) return 'not an acceptable folder name'
  return refuseExtension(filename)
}

/** @returns why the engine will not read a file of this name, or null */
export function refuseExtension(filename: string): string | null {
  const extension = extensionOf(filename)
  if (['.pt', '.pth', '.ckpt', '.pkl', '.pickle'].includes(extension)) {
    return `${extension} is a pickle: it can run code when it is opened. Look for a .safetensors version`
  }
  if (!(modelExtensions as readonly string[]).includes(extension)) {
    return `kind not accepted here (${modelExtensions.join(', ')})`
  }
  return null
}

/**
 * @param head - the first {@link judgedBytes} bytes, or all when there are fewer
 * @param size - bytes of the whole file, or null while it is not known
 * @returns why the content is not what the name says, or null
 */
export function refuseContent(filename: string, head: Buffer, size: number | null): string | null {
  if (head.length === 0) return 'the file is empty'
  if (isPickle(head)) return 'its content is a pickle: it can run code when it is opened'
  if (/^\s*<(!doctype|html|\?xml)/i.test(head.toString('latin1'))) return 'a web page came in place of a model'
  switch (extensionOf(filename)) {
    case '.safetensors': {
      const header = head.length >= 9 ? head.readBigUInt64LE(0) : 0n
      const fits = header >= 2n && header <= 100_000_000n && (size === null || header + 8n <= BigInt(size))
      return fits && head[8] === 0x7b ? null : 'its content is not safetensors'
    }
    case '.onnx':
      // Field 1 (`ir_version`) of the protobuf comes first in every writer known; any field of the message is let pass.
      return [0x08, 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(head[0]!) ? null : 'its content is not ONNX'
    case '.param':
      return head.toString('latin1').startsWith('7767517') ? null : 'its content is not an ncnn description'
    default:
      return null
  }
}

/** The protocols of `pickle`, and the zip that PyTorch puts one into. */
function isPickle(head: Buffer): boolean {
  const isProtocol =
    head[0] === 0x80 &&
    head.length > 2 &&
    head[1]! >= 2 &&
    head[1]! <= 5 &&
    '}](cX\x8a\x95'.includes(String.fromCharCode(head[2]!))
  const isZip = head.length >= 4 && head.readUInt32LE(0) === 0x04034b50
  return isProtocol || isZip
}
