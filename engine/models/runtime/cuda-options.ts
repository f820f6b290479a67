/**
 * @file The CUDA provider's options, which the Node binding does not pass on. Untried: no GPU was at hand.
 * @see https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#configuration-options
 */
import { type Address, type CLibrary, cStrings } from './c-library.ts'

/**
 * The arena grows by what is asked for (its default doubles, and takes memory that the next network needs). Convolutions are
 * chosen by rule, not by trying all at each new picture size, which costs seconds and large workspaces; the workspace itself
 * may be as large as a fast algorithm wants.
 */
const cudaOptions: Readonly<Record<string, string>> = {
  arena_extend_strategy: 'kSameAsRequested',
  cudnn_conv_algo_search: 'HEURISTIC',
  cudnn_conv_use_max_workspace: '1',
  do_copy_in_default_stream: '1',
}

/** @throws Error when the provider's libraries are missing or fit neither driver nor runtime */
export function appendCuda(library: CLibrary, sessionOptions: Address, deviceId: number): void {
  const chosen = { device_id: String(deviceId), ...cudaOptions }
  const keys = Object.keys(chosen)
  const options = library.create('CreateCUDAProviderOptions')
  try {
    library.call('UpdateCUDAProviderOptions', options, cStrings(keys), cStrings(Object.values(chosen)), keys.length)
    library.call('SessionOptionsAppendExecutionProvider_CUDA_V2', sessionOptions, options)
  } finally {
    library.plain('ReleaseCUDAProviderOptions', options)
  }
  // Weights are kept outside of the arena: they are as large as they are and never grow.
  library.call('AddSessionConfigEntry', sessionOptions, 'session.use_device_allocator_for_initializers', '1')
}
