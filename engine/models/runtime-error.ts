/** @file Turns what the runtime says when it fails into an error that helps: a lack of memory is told apart. */
import { NodeError } from '../nodes/define.ts'

/** The runtime's own words, of its allocators and of CUDA. */
const outOfMemory =
  /out of memory|failed to allocate|bad_alloc|bad allocation|cannot allocate|CUDA_ERROR_OUT_OF_MEMORY|CUBLAS_STATUS_ALLOC_FAILED/i

const advice = 'Use a smaller picture or batch, close other programs, or free the models that are loaded (POST /free).'

/**
 * @param what - the beginning of the sentence, naming the file: "sd15.safetensors failed"
 * @returns an `OutOfMemoryError` with advice when memory is what lacks, else a `RuntimeError`
 */
export function runtimeError(what: string, error: unknown): NodeError {
  if (error instanceof NodeError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (outOfMemory.test(text)) return new NodeError(`${what}: there is not enough memory. ${advice}`, 'OutOfMemoryError')
  return new NodeError(`${what}: ${text.split('\n')[0]}`, 'RuntimeError')
}
