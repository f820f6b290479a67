/**
 * @file SD 1's UNet in a process of its own: `unet.ts <checkpoint> ours|folded <side of the latent>`. `ours` is opened as the
 * engine does; `folded` is the same graph in onnxruntime-node with everything that the runtime can compute or copy ahead:
 * weights converted and packed for its kernels, convolutions laid out anew. `/open` and `/step?<times>` say what
 * it took.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { detectUNet } from '#engine/models/diffusion/detect/detect-unet'
import { buildUNet } from '#engine/models/diffusion/unet/build-unet'
import { buildGraph } from '#engine/models/network/describe-network'
import { networkSettings } from '#engine/models/runtime/network-settings'
import { createNodeBindingRuntime } from '#engine/models/runtime/node-binding'
import { openRuntime } from '#engine/models/runtime/open-runtime'
import type { RuntimeSession } from '#engine/models/runtime/session'
import { createFloatTensor } from '#engine/models/runtime/tensor'
import { readSafetensors } from '#engine/models/safetensors/read-safetensors'

/** What something took. */
export interface Cost {
  seconds: number
  cpuSeconds: number
  /** Memory of the process's own, mapped files aside, since before the network was opened. */
  privateBytes: number
}

const [checkpoint, way, side] = process.argv.slice(2) as [string, 'ours' | 'folded', string]
const threads = availableParallelism()
const runtime = way === 'ours' ? await openRuntime() : createNodeBindingRuntime()
// The binding loads its library with the first session.
if (way === 'folded') await import('onnxruntime-node')
const before = privateBytes()
let session: RuntimeSession | undefined

const doings: Record<string, (times: number) => Promise<unknown>> = {
  async '/open'() {
    const file = await readSafetensors(checkpoint)
    const { config, source } = detectUNet(file)!
    const build = (layers: Parameters<typeof buildUNet>[0]) =>
      buildUNet(layers, config, { control: false, adapter: false })
    const graph = buildGraph({ kind: 'unet', config, source, device: 'cpu', build })
    const options = way === 'ours' ? {} : { layout: 'all' as const, prepack: true, foldConstants: true }
    session = await runtime.open(graph, networkSettings('cpu', threads, options))
  },
  async '/step'(times) {
    const size = Number(side)
    const feeds = {
      x: createFloatTensor(waves(4 * size * size, 1), [1, 4, size, size]),
      timesteps: createFloatTensor(Float32Array.of(500), [1]),
      context: createFloatTensor(waves(77 * 768, 2), [1, 77, 768]),
    }
    for (let time = 0; time < times; time += 1) await session!.run(feeds, ['out'])
  },
}

const server = createServer((request, response) => {
  const [path, times = '1'] = request.url!.split('?') as [string, string?]
  measure(() => doings[path]!(Number(times))).then(
    (cost) => response.end(JSON.stringify(cost)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(0, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`))

async function measure(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6, privateBytes: privateBytes() - before }
}

function privateBytes(): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
}

/** As latents and texts are: of deviation 1. */
function waves(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => Math.SQRT2 * Math.sin(at * 12.9898 * seed))
}
