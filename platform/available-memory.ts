/** @file How much memory there is for everything together. */
import { totalmem } from 'node:os'

/** Bytes of this machine, or of the container when that is less. */
export function availableMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
