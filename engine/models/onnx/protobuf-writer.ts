/**
 * @file Writes protobuf's wire format: the few kinds of field that ONNX uses. Knows no message types.
 * Large parts are kept as they come and joined once, so a hundred megabytes of weights are copied one time; short ones, of
 * which a network has ten thousands, are gathered first: an array for each took longer than all the rest.
 * @see https://protobuf.dev/programming-guides/encoding/
 */

const wireVarint = 0
const wireBytes = 2
const wireFixed32 = 5

const text = new TextEncoder()

/** Up to here bytes are gathered one by one. */
const shortBytes = 64

export class ProtobufWriter {
  readonly #parts: Uint8Array[] = []
  /** What was written since the last part. */
  #gathered: number[] = []
  #byteLength = 0

  /** Bytes written so far. */
  get byteLength(): number {
    return this.#byteLength
  }

  /** An integer field. Negative numbers take protobuf's ten-byte form (64-bit two's complement). */
  int(field: number, value: number | bigint): this {
    this.#tag(field, wireVarint)
    if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) this.#count(value)
    else this.#varint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  float(field: number, value: number): this {
    this.#tag(field, wireFixed32)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.#append(bytes)
    return this
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value))
  }

  /** A length-delimited field. Long ones are not copied before {@link finish}. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, wireBytes)
    this.#count(value.byteLength)
    this.#append(value)
    return this
  }

  /** A nested message. It must be complete: what is added to it later is not seen here. */
  message(field: number, value: ProtobufWriter): this {
    this.#tag(field, wireBytes)
    this.#count(value.#byteLength)
    value.#endGathering()
    for (const part of value.#parts) this.#append(part)
    return this
  }

  /** The whole message in one buffer. */
  finish(): Uint8Array {
    this.#endGathering()
    const whole = new Uint8Array(this.#byteLength)
    let offset = 0
    for (const part of this.#parts) {
      whole.set(part, offset)
      offset += part.byteLength
    }
    return whole
  }

  #tag(field: number, wireType: number): void {
    this.#count((field << 3) | wireType)
  }

  /** @param value - a whole number from 0 on; exact up to 2^53 */
  #count(value: number): void {
    let rest = value
    while (rest > 127) {
      this.#byte((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    this.#byte(rest)
  }

  #varint(value: bigint): void {
    let rest = value
    while (rest > 127n) {
      this.#byte(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    this.#byte(Number(rest))
  }

  #byte(value: number): void {
    this.#gathered.push(value)
    this.#byteLength += 1
  }

  #append(bytes: Uint8Array): void {
    if (bytes.byteLength <= shortBytes) {
      for (const byte of bytes) this.#byte(byte)
      return
    }
    this.#endGathering()
    this.#parts.push(bytes)
    this.#byteLength += bytes.byteLength
  }

  #endGathering(): void {
    if (this.#gathered.length === 0) return
    this.#parts.push(Uint8Array.from(this.#gathered))
    this.#gathered = []
  }
}
