/**
 * @file The runtime through onnxruntime-node, for platforms whose library cannot be called directly. It computes on the
 * JavaScript thread and is not interruptible; of CUDA's options it knows the device only.
 */
import type { InferenceSession } from 'onnxruntime-node'
import type { Runtime, SessionSettings } from './session.ts'

type Binding = typeof import('onnxruntime-node')

/** Loads the binding, once per process (the module cache keeps it). */
export async function loadNodeBinding(): Promise<Binding> {
  const module = (await import('onnxruntime-node')) as Binding & { default?: Binding }
  // It is a CommonJS package: its exports may sit on `default`.
  return module.default ?? module
}

export function createNodeBindingRuntime(): Runtime {
  return {
    interruptible: false,
    async open(model, settings) {
      const { InferenceSession: Session } = await loadNodeBinding()
      const options = bindingOptions(settings)
      // Two calls, because the overloads tell a path from a model by the type.
      const native =
        typeof model === 'string' ? await Session.create(model, options) : await Session.create(model, options)
      return {
        inputs: valueFacts(native.inputMetadata),
        outputs: valueFacts(native.outputMetadata),
        run: (feeds, fetches) => (fetches ? native.run(feeds, [...fetches]) : native.run(feeds)),
        release: () => native.release(),
      }
    },
  }
}

export function bindingOptions(settings: SessionSettings): InferenceSession.SessionOptions {
  const cuda = /^cuda(?::(\d+))?$/.exec(settings.device)
  return {
    executionProviders: cuda ? [{ name: 'cuda', deviceId: Number(cuda[1] ?? 0) }, 'cpu'] : ['cpu'],
    graphOptimizationLevel: settings.optimization ?? 'all',
    intraOpNumThreads: settings.threads,
    executionMode: 'sequential',
    enableCpuMemArena: true,
    enableMemPattern: false,
    // Errors only: warnings about shapes and providers are of no use to the person who reads the log.
    logSeverityLevel: 3,
    ...(settings.config && { extra: nested(settings.config) }),
  }
}

/** `{'session.a': '1'}` as the binding wants it: `{session: {a: '1'}}`. */
function nested(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const extra: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(config)) {
    const names = key.split('.')
    const last = names.pop()!
    let at = extra
    for (const name of names) {
      at[name] ??= {}
      at = at[name] as Record<string, unknown>
    }
    at[last] = value
  }
  return extra
}

function valueFacts(metadata: readonly { name: string; shape?: readonly (number | string)[] }[]) {
  return metadata.map(({ name, shape }) => ({ name, shape: shape ?? [] }))
}
