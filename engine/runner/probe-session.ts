/**
 * @file Runs one addition on a device. Only ever in a throw-away child: a broken driver may end the process that asks.
 * The question is asked by `probe-device.ts`.
 */
import { OnnxGraph } from '../models/onnx/graph-builder.ts'
import { openRuntime } from '../models/runtime/open-runtime.ts'
import { createFloatTensor } from '../models/runtime/tensor.ts'

export type ProbeAnswer = { ok: true } | { ok: false; reason: string }

/** @throws never: whatever goes wrong is the answer */
export async function probeHere(device: 'cpu' | 'cuda'): Promise<ProbeAnswer> {
  try {
    const runtime = await openRuntime()
    const session = await runtime.open(addition(), {
      device: device === 'cuda' ? 'cuda:0' : 'cpu',
      threads: 1,
      // Without this, an operator the device cannot run would quietly run on the CPU.
      ...(device !== 'cpu' && { config: { 'session.disable_cpu_ep_fallback': '1' } }),
    })
    const { sum } = await session.run({ value: createFloatTensor(Float32Array.of(1, 2), [2]) })
    await session.release()
    const values = sum === undefined ? [] : [...(sum.data as Float32Array)]
    if (values[0] === 2 && values[1] === 4) return { ok: true }
    return { ok: false, reason: `1+1 and 2+2 came out as ${values.join(' and ')}` }
  } catch (error) {
    return { ok: false, reason: (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim() }
  }
}

/** `sum = value + value`, two floats. */
function addition(): Uint8Array {
  const graph = new OnnxGraph()
  graph.input('value', [2])
  graph.node('Add', ['value', 'value'], {}, 'sum')
  graph.output('sum', [2])
  return graph.finish()
}
