/**
 * @file The one door to onnxruntime-node. It is imported when a model is first opened, never before: the process that
 * only reads node declarations must not carry the runtime (some 40 MB).
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node'

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
