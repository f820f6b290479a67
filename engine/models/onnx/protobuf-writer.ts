/**
 * @file Writes protobuf's wire format: the few kinds of field that ONNX uses. Knows no message types.
 * Parts are kept as they come and joined once, so a hundred megabytes of weights are copied one time.
 * @see https://protobuf.dev/programming-guides/encoding/
 */

const wireVarint = 0
const wireBytes = 2
const wireFixed32 = 5

const text = new TextEncoder()

export class ProtobufWriter {
  readonly #parts: Uint8Array[] = []
  #byteLength = 0

  /** Bytes written so far. */
  get byteLength(): number {
    return this.#byteLength
  }

  /** An integer field. Negative numbers take protobuf's ten-byte form (64-bit two's complement). */
  int(field: number, value: number | bigint): this {
    this.#varint(BigInt(field << 3) | BigInt(wireVarint))
    this.#varint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  float(field: number, value: number): this {
    this.#varint(BigInt((field << 3) | wireFixed32))
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.#push(bytes)
    return this
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value))
  }

  /** A length-delimited field. The bytes are not copied before {@link finish}. */
  bytes(field: number, value: Uint8Array): this {
    this.#varint(BigInt((field << 3) | wireBytes))
    this.#varint(BigInt(value.byteLength))
    this.#push(value)
    return this
  }

  /** A nested message. It must be complete: what is added to it later is not seen here. */
  message(field: number, value: ProtobufWriter): this {
    this.#varint(BigInt((field << 3) | wireBytes))
    this.#varint(BigInt(value.#byteLength))
    for (const part of value.#parts) this.#push(part)
    return this
  }

  /** The whole message in one buffer. */
  finish(): Uint8Array {
    const whole = new Uint8Array(this.#byteLength)
    let offset = 0
    for (const part of this.#parts) {
      whole.set(part, offset)
      offset += part.byteLength
    }
    return whole
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#byteLength += bytes.byteLength
  }

  #varint(value: bigint): void {
    const bytes: number[] = []
    let rest = value
    while (rest > 127n) {
      bytes.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.#push(Uint8Array.from(bytes))
  }
}
