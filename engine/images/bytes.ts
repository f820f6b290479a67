/**
 * @file Between float values 0 to 1 and 8-bit pictures, as ComfyUI does it: going to 8 bits truncates
 * (0.5 is 127), and every 8-bit value survives the way there and back.
 */

/**
 * Truncates to 8 bits: clamp(255·x, 0, 255) without rounding; NaN is 0. Values outside 0 to 1 are clamped.
 * @param from - index of the first value
 * @param count - how many values
 */
export function toBytes(values: Float32Array, from = 0, count = values.length - from): Uint8Array {
  const bytes = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    bytes[i] = Math.min(255, Math.max(0, values[from + i]! * 255))
  }
  return bytes
}

/** 8-bit values as floats 0 to 1, written at `offset` of `target`. */
export function fromBytes(bytes: Uint8Array, target: Float32Array, offset = 0): void {
  for (let i = 0; i < bytes.length; i++) target[offset + i] = bytes[i]! / 255
}
