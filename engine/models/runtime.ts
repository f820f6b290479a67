/**
 * @file The one door to onnxruntime-node. It is imported when a model is first opened, never before: the process that
 * only reads node declarations must not carry the runtime (some 40 MB).
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import type { NetworkOptions } from './store.ts'

type Runtime = typeof import('onnxruntime-node')

/** Loads the runtime, once per process (the module cache keeps it). */
export async function loadRuntime(): Promise<Runtime> {
  // Since 1.30 the library reports its use to its maker (a device id and a queue of reports under the home directory) unless
  // this is set before its first session. What a person does on a pod is nobody else's business.
  process.env.ORT_DISABLE_TELEMETRY = '1'
  const module = (await import('onnxruntime-node')) as Runtime & { default?: Runtime }
  // It is a CommonJS package: its exports may sit on `default`.
  return module.default ?? module
}

/** A tensor for a session's input. `data` is not copied: leave it alone until the run is over. */
export async function createFloatTensor(data: Float32Array, dimensions: readonly number[]): Promise<Tensor> {
  const { Tensor } = await loadRuntime()
  return new Tensor('float32', data, dimensions)
}

/** Whole numbers for a session's input, 64 bits each. */
export async function createIntegerTensor(values: readonly number[], dimensions: readonly number[]): Promise<Tensor> {
  const { Tensor } = await loadRuntime()
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dimensions)
}

/**
 * How sessions are opened.
 * @param device - `cpu` or `cuda:<index>`
 * @param threads - threads of one run
 */
export function sessionOptions(device: string, threads: number): InferenceSession.SessionOptions {
  const cuda = /^cuda(?::(\d+))?$/.exec(device)
  return {
    executionProviders: cuda ? [{ name: 'cuda', deviceId: Number(cuda[1] ?? 0) }, 'cpu'] : ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    executionMode: 'sequential',
    // Measured with CUnet on tiles of 192: without the pattern planner a run holds 180 MB in place of 300 and is as
    // fast; without the arena it is slower, and 140 to 260 MB stay with the allocator after the session is closed.
    enableCpuMemArena: true,
    enableMemPattern: false,
    // Errors only: warnings about shapes and providers are of no use to the person who reads the log.
    logSeverityLevel: 3,
  }
}

/**
 * How networks of this engine's own making are opened: their weights are external data, named from the root of the
 * file system. Measured with SD 1.5's UNet on the CPU: by default it opens in half a second with 0.1 GB, since its
 * weights stay mapped in the file, and a step takes 5 % longer than with every copy that the runtime could make.
 */
export function networkOptions(
  device: string,
  threads: number,
  { layout = 'extended', prepack = false, foldConstants = false }: NetworkOptions = {},
): InferenceSession.SessionOptions {
  return {
    ...sessionOptions(device, threads),
    graphOptimizationLevel: layout,
    extra: {
      session: {
        model_external_initializers_file_folder_path: '/',
        ...(prepack ? {} : { disable_prepacking: '1' }),
        // Weights outside of the arena: it doubles when it grows. No use on the CPU, where they are mapped.
        ...(device === 'cpu' ? {} : { use_device_allocator_for_initializers: '1' }),
      },
      ...(foldConstants ? {} : { optimization: { disable_specified_optimizers: 'ConstantFolding' } }),
    },
  }
}
