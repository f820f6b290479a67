/**
 * @file Reads ncnn's `.bin`: weights one after another, without names or sizes. The order is that of the layers, the
 * sizes come from their parameters, so a file that fits ends exactly with the last layer ({@link WeightReader.finish}).
 */
import { NodeError } from '../../nodes/define.ts'
import { halvesToFloats } from './half-float.ts'

/** How a tagged block is stored. A tag of 0 or `floatTag` is plain single precision. */
const halfTag = 0x01306b47
const floatTag = 0x0002c056
const int8Tag = 0x000d4b38

export class WeightReader {
  readonly #bytes: Uint8Array
  readonly #fileName: string
  #offset = 0

  constructor(bytes: Uint8Array, fileName: string) {
    // A Buffer's slice() does not copy; a plain view's does.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#fileName = fileName
  }

  /** Floats that carry no tag: biases and slopes. @throws NodeError when the file ends before */
  floats(count: number, layerName: string): Float32Array<ArrayBuffer> {
    const bytes = this.#take(count * 4, layerName)
    // Copied out, since a Float32Array may not begin at an odd address.
    return new Float32Array(bytes.slice().buffer)
  }

  /**
   * Floats behind a tag that says how they are stored; halves are widened.
   * @throws NodeError when the file ends before, or the block is quantized
   */
  taggedFloats(count: number, layerName: string): Float32Array<ArrayBuffer> {
    const head = this.#take(4, layerName)
    const tag = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)
    if (tag === 0 || tag === floatTag) return this.floats(count, layerName)
    if (tag === halfTag) {
      const bytes = this.#take(count * 2, layerName)
      // Blocks of halves are filled up to whole words.
      if (count % 2 === 1) this.#take(2, layerName)
      return halvesToFloats(new Uint16Array(bytes.slice().buffer))
    }
    if (tag === int8Tag) {
      throw new NodeError(
        `${this.#fileName} holds 8-bit weights (layer ${layerName}); this engine reads 16 and 32 bits`,
      )
    }
    throw new NodeError(
      `${this.#fileName} does not fit its .param: layer ${layerName} should begin at byte ${this.#offset - 4}`,
    )
  }

  /** @throws NodeError when bytes are left over: then the sizes read before were the wrong ones */
  finish(): void {
    const rest = this.#bytes.byteLength - this.#offset
    if (rest > 0) throw new NodeError(`${this.#fileName} does not fit its .param: ${rest} bytes are left over`)
  }

  #take(byteLength: number, layerName: string): Uint8Array {
    const end = this.#offset + byteLength
    if (end > this.#bytes.byteLength) {
      throw new NodeError(
        `${this.#fileName} ends too early: layer ${layerName} needs ${end - this.#bytes.byteLength} more bytes`,
      )
    }
    const bytes = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return bytes
  }
}
