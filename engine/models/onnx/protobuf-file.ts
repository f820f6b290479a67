/**
 * @file Walks the fields of a protobuf file without loading it: weights are stepped over, not read. Every length is
 * checked against the message it lies in, so a damaged or hostile file ends in a {@link ProtobufError}, soon.
 */
import { type FileHandle, open } from 'node:fs/promises'

export class ProtobufError extends Error {
  override name = 'ProtobufError'
}

/** A piece of the file that is a message, a string or bytes. */
export interface FileRange {
  start: number
  end: number
}

export interface ProtobufField {
  field: number
  /** Of integer fields; 0 for others. */
  value: number
  /** Of length-delimited fields; empty for others. */
  range: FileRange
}

const windowBytes = 64 * 1024
/** A model has some ten thousand fields; weights written one by one have millions and are not worth waiting for. */
const maxFields = 5_000_000
const maxStringBytes = 4096

export class ProtobufFile {
  readonly #handle: FileHandle
  readonly #window = Buffer.alloc(windowBytes)
  #windowStart = 0
  #windowEnd = 0
  #fieldsLeft = maxFields
  readonly whole: FileRange

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.whole = { start: 0, end: size }
  }

  /** Opens, hands over, closes. */
  static async use<T>(path: string, work: (file: ProtobufFile) => Promise<T>): Promise<T> {
    const handle = await open(path, 'r')
    try {
      return await work(new ProtobufFile(handle, (await handle.stat()).size))
    } finally {
      await handle.close()
    }
  }

  /** The fields of a message, in file order. @throws ProtobufError when the bytes are no message */
  async *fields(message: FileRange): AsyncGenerator<ProtobufField> {
    let position = message.start
    while (position < message.end) {
      this.#fieldsLeft -= 1
      if (this.#fieldsLeft < 0) throw new ProtobufError('it has more fields than any model')
      const tag = await this.#varint(position, message.end)
      position = tag.end
      const field = Math.floor(tag.value / 8)
      const wire = tag.value % 8
      if (field === 0) throw new ProtobufError('it has a field without a number')
      const range = { start: position, end: position }
      let value = 0
      if (wire === 0) {
        const number = await this.#varint(position, message.end)
        value = number.value
        position = number.end
      } else if (wire === 1) position += 8
      else if (wire === 5) position += 4
      else if (wire === 2) {
        const length = await this.#varint(position, message.end)
        range.start = length.end
        range.end = length.end + length.value
        position = range.end
      } else throw new ProtobufError(`it has a field of the kind ${wire}`)
      if (position > message.end) throw new ProtobufError('it ends too early')
      yield { field, value, range }
    }
  }

  async string(range: FileRange): Promise<string> {
    const length = range.end - range.start
    if (length > maxStringBytes) throw new ProtobufError('it has a name that is too long')
    const bytes = Buffer.alloc(length)
    await this.#handle.read(bytes, 0, length, range.start)
    return bytes.toString('utf8')
  }

  /** A variable-length integer. Beyond 2^53 the value is not exact, and no field we read is that large. */
  async #varint(start: number, end: number): Promise<{ value: number; end: number }> {
    let value = 0
    for (let count = 0; count < 10; count += 1) {
      if (start + count >= end) throw new ProtobufError('it ends too early')
      const byte = await this.#byte(start + count)
      value += (byte & 127) * 2 ** (7 * count)
      if (byte < 128) return { value, end: start + count + 1 }
    }
    throw new ProtobufError('it has a number that is too long')
  }

  async #byte(position: number): Promise<number> {
    if (position < this.#windowStart || position >= this.#windowEnd) {
      const { bytesRead } = await this.#handle.read(this.#window, 0, windowBytes, position)
      if (bytesRead === 0) throw new ProtobufError('it ends too early')
      this.#windowStart = position
      this.#windowEnd = position + bytesRead
    }
    return this.#window[position - this.#windowStart]!
  }
}
