/** @file IEEE 754 half precision to single precision, exactly. */

/**
 * @param bits - half floats as stored, in the byte order of the machine
 * @returns as many floats; every half (subnormal, infinite, NaN) has an exact single
 */
export function halvesToFloats(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(bits.length)
  const words = new Uint32Array(floats.buffer)
  for (let index = 0; index < bits.length; index += 1) {
    const half = bits[index]!
    const sign = (half & 0x8000) << 16
    const exponent = (half >> 10) & 31
    const mantissa = half & 0x3ff
    if (exponent === 0) {
      // Zero and subnormals: mantissa * 2^-24 is exact in single precision.
      floats[index] = (sign ? -1 : 1) * mantissa * 2 ** -24
    } else if (exponent === 31) {
      words[index] = sign | 0x7f800000 | (mantissa << 13)
    } else {
      words[index] = sign | ((exponent + 112) << 23) | (mantissa << 13)
    }
  }
  return floats
}
