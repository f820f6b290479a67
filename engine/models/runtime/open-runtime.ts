/**
 * @file The one door to onnxruntime. It is opened when a model is first opened, never before: the process that only reads
 * node declarations must not carry the runtime (some 40 MB).
 */
import type { Runtime } from './session.ts'

/**
 * @param log - told when the library cannot be called directly, and why
 * @throws never: without the direct way there is the binding
 */
export async function openRuntime(log: (level: 'warn', message: string) => void = () => undefined): Promise<Runtime> {
  // Since 1.30 the library reports its use to its maker (a device id and a queue of reports under the home directory) unless
  // this is set before its first session. What a person does on a pod is nobody else's business.
  process.env.ORT_DISABLE_TELEMETRY = '1'
  try {
    const { createCRuntime } = await import('./c-runtime.ts')
    return createCRuntime()
  } catch (error) {
    log('warn', `models run on the main thread and cannot be interrupted: ${(error as Error).message}`)
    const { createNodeBindingRuntime } = await import('./node-binding.ts')
    return createNodeBindingRuntime()
  }
}
