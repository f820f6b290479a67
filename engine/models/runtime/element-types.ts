/** @file The element types of tensors: the runtime's numbers for them, their sizes, and the arrays that hold them. */

/** `ONNXTensorElementDataType` by tensor type; strings are not among them. */
export const elementTypes = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
} as const

export type ElementType = keyof typeof elementTypes

/** An array over the bytes; half floats stay what they are, 16 bits each. */
export function typedArrayOf(type: ElementType, bytes: ArrayBuffer): ArrayBufferView {
  switch (type) {
    case 'float32':
      return new Float32Array(bytes)
    case 'float64':
      return new Float64Array(bytes)
    case 'float16':
    case 'uint16':
      return new Uint16Array(bytes)
    case 'int16':
      return new Int16Array(bytes)
    case 'int8':
      return new Int8Array(bytes)
    case 'int32':
      return new Int32Array(bytes)
    case 'uint32':
      return new Uint32Array(bytes)
    case 'int64':
      return new BigInt64Array(bytes)
    case 'uint64':
      return new BigUint64Array(bytes)
    default:
      return new Uint8Array(bytes)
  }
}
