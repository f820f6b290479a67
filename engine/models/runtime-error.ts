/** @file Turns what the runtime says when it fails into an error that helps: a lack of memory is told apart. */
import { NodeError } from '../nodes/define.ts'

/** Words of the runtime's arenas, of the C++ and JavaScript languages, of the system, and of CUDA's libraries. */
const outOfMemory =
  /out of memory|failed to allocate|smaller than requested bytes|bad_alloc|bad allocation|allocation failed|cannot allocate|cudaErrorMemoryAllocation|ALLOC_FAILED|ALLOCATION_FAILED/i
/** How much was asked for in vain. */
const askedFor = /(?:buffer of size|requested bytes of|trying to allocate) (\d+)/i

export const outOfMemoryType = 'OutOfMemoryError'
const generalAdvice = 'Use a smaller picture or fewer at once'

export interface MemoryLack {
  /** Bytes that were asked for at once, or in all; null: not known. */
  needed: number | null
  /** Bytes of the device, where they are fewer than what is needed. */
  total?: number
  /** What the person can do about it, without a full stop. */
  advice?: string | undefined
}

/**
 * @param what - the beginning of the sentence, naming the file: "sd15.safetensors failed"
 * @param advice - what can be done when memory is what lacks, without a full stop
 * @returns an `OutOfMemoryError` with advice when memory is what lacks, else a `RuntimeError`
 */
export function runtimeError(what: string, error: unknown, advice?: string): NodeError {
  if (error instanceof NodeError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (!outOfMemory.test(text)) return new NodeError(`${what}: ${text.split('\n')[0]}`, 'RuntimeError')
  const asked = askedFor.exec(text)?.[1]
  return memoryError(what, { needed: asked === undefined ? null : Number(asked), advice })
}

/** An `OutOfMemoryError` in words. */
export function memoryError(what: string, { needed, total, advice = generalAdvice }: MemoryLack): NodeError {
  const amount =
    total !== undefined && needed !== null
      ? `: it takes about ${gigabytes(needed)}, and there are ${gigabytes(total)}`
      : needed !== null
        ? `: ${gigabytes(needed)} more could not be had`
        : ''
  return new NodeError(
    `${what}: there is not enough memory${amount}. ${advice}; or close other programs that use this device.`,
    outOfMemoryType,
  )
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof NodeError && error.exceptionType === outOfMemoryType
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
