/** @file How much memory a node's result holds, estimated: tensors are counted exactly, the rest roughly. */

const referenceBytes = 8
const objectBytes = 64
/** A result with more parts than this is some other structure than tensors; counting on would cost more than it tells. */
const maxVisited = 100_000

/** Bytes held by a value, each shared buffer counted once. */
export function estimateBytes(value: unknown): number {
  const seen = new Set<object>()
  const stack: unknown[] = [value]
  let bytes = 0
  for (let visited = 0; stack.length > 0 && visited < maxVisited; visited += 1) {
    const item = stack.pop()
    if (typeof item === 'string') bytes += objectBytes + item.length * 2
    if (typeof item !== 'object' || item === null) {
      bytes += referenceBytes
      continue
    }
    const identity = ArrayBuffer.isView(item) ? item.buffer : item
    if (seen.has(identity)) continue
    seen.add(identity)
    if (identity instanceof ArrayBuffer || identity instanceof SharedArrayBuffer) {
      bytes += objectBytes + identity.byteLength
      continue
    }
    bytes += objectBytes
    for (const child of Object.values(item)) stack.push(child)
  }
  return bytes
}
