/**
 * @file D1–D5: SD 1's UNet, narrow or of real size: opening it, a step against the runtime's own best, what the engine adds
 * to a step, and how soon an interruption is answered. Weights are random and of sane scale: zeros would be too easy.
 */
import { once } from 'node:events'
import { linkSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { cfgGuider } from '../engine/diffusion/guider.ts'
import { modelOf } from '../engine/diffusion/open-model.ts'
import { noiseFor, sampleLatent } from '../engine/diffusion/sample-latent.ts'
import { createModelStore } from '../engine/models/create-store.ts'
import { openDiffusionModel } from '../engine/models/diffusion/open-diffusion.ts'
import { OnnxGraph } from '../engine/models/onnx/graph-builder.ts'
import type { ModelStore } from '../engine/models/store.ts'
import { writeFullCheckpoint, writeTinyCheckpoint } from '../engine/models/testing/tiny-checkpoint.ts'
import { runSigmas } from '../engine/sampling/schedulers/run-sigmas.ts'
import type { BenchContext } from './main.ts'
import { type Figure, median, ratioOf } from './measure/numbers.ts'
import { type ServerProcess, startScript, startServer } from './measure/server-process.ts'
import type { Cost } from './servers/unet.ts'

const gibibyte = 2 ** 30

export async function benchDiffusion({ directory, size, rounds }: BenchContext): Promise<Figure[]> {
  const isFull = size === 'full'
  const home = join(directory, 'diffusion')
  mkdirSync(home)
  const checkpoint = join(home, 'sd.safetensors')
  const figures: Figure[] = []
  await (isFull ? writeFullCheckpoint(checkpoint) : writeTinyCheckpoint(checkpoint))
  // A narrow step alone is too short for a figure.
  const step = isFull ? { side: 64, steps: 1 } : { side: 32, steps: 20 }
  const network = isFull ? 'SD 1.5, 859,520,964 weights' : 'a tenth as wide as SD 1.5'
  figures.push(...(await openings('D1', { checkpoint, rounds, what: 'single' })))
  figures.push(await steps('D3', { checkpoint, ...step, rounds, what: 'single' }))
  figures.push(await addedToAStep(checkpoint))
  figures.push(await interruption(home, { checkpoint, rounds, side: step.side, network }))
  rmSync(checkpoint)
  if (isFull) {
    await writeFullCheckpoint(checkpoint, 'F16')
    figures.push(...(await openings('D2', { checkpoint, rounds, what: 'half' })))
    figures.push(await steps('D3b', { checkpoint, ...step, rounds, what: 'half' }))
    rmSync(checkpoint)
  }
  return figures.sort((a, b) => a.id.localeCompare(b.id))
}

interface Measured {
  checkpoint: string
  rounds: number
  /** Precision of the file. */
  what: string
}

const ask = async ({ port }: ServerProcess, path: string): Promise<Cost> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Cost
}

/** From the file's name to a session that can run, each time in a fresh process. */
async function openings(id: string, { checkpoint, rounds, what }: Measured): Promise<Figure[]> {
  const costs: Cost[] = []
  for (let round = 0; round < rounds; round++) {
    const server = await startScript('unet.ts', checkpoint, 'ours', '8')
    costs.push(await ask(server, '/open'))
    await server.stop()
  }
  return [
    {
      id,
      what: `opening the UNet, ${what} precision`,
      value: median(costs.map(({ seconds }) => seconds)),
      goal: { atMost: 1 },
      unit: 's',
      detail: `header, graph and session; ${median(costs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2)} CPU-s`,
    },
    {
      id: `${id}b`,
      what: 'private memory then',
      value: median(costs.map(({ privateBytes }) => privateBytes)) / gibibyte,
      goal: { atMost: 0.2 },
      unit: 'GiB',
      detail: 'its weights stay mapped in the file',
    },
  ]
}

/** Steps of ours and of the runtime's best, in turn; the first of each is not counted. */
async function steps(
  id: string,
  { checkpoint, rounds, what, side, steps }: Measured & { side: number; steps: number },
): Promise<Figure> {
  const ours = await startScript('unet.ts', checkpoint, 'ours', String(side))
  const folded = await startScript('unet.ts', checkpoint, 'folded', String(side))
  try {
    for (const server of [ours, folded]) for (const path of ['/open', '/step']) await ask(server, path)
    const costs: Record<'ours' | 'folded', Cost[]> = { ours: [], folded: [] }
    for (let round = 0; round < rounds; round++) {
      costs.ours.push(await ask(ours, `/step?${steps}`))
      costs.folded.push(await ask(folded, `/step?${steps}`))
    }
    const cpu = (way: keyof typeof costs) => costs[way].map(({ cpuSeconds }) => cpuSeconds)
    const wall = (way: keyof typeof costs) => costs[way].map(({ seconds }) => seconds)
    const memory = (way: keyof typeof costs) => (costs[way].at(-1)!.privateBytes / gibibyte).toFixed(2)
    return {
      id,
      what: `step CPU / all of it folded and packed, ${what} precision`,
      value: ratioOf(cpu('ours'), cpu('folded')),
      goal: { atMost: 1.1 },
      detail:
        `${steps} of ${side} × ${side}: ${median(cpu('ours')).toFixed(2)} against ${median(cpu('folded')).toFixed(2)} CPU-s; ` +
        `seconds: ${ratioOf(wall('ours'), wall('folded')).toFixed(2)}; private memory after it: ${memory('ours')} against ${memory('folded')} GiB`,
    }
  } finally {
    await Promise.all([ours.stop(), folded.stop()])
  }
}

/**
 * Sampling with a network that answers at once, in a real session of the real store: what is left is the engine's. The
 * alternative, a real step less its session's run, is the difference of two large numbers.
 */
async function addedToAStep(checkpoint: string): Promise<Figure> {
  const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 1, log: () => undefined })
  const echoing: ModelStore = { ...store, network: () => store.network(echo) }
  const model = modelOf(await openDiffusionModel(echoing, checkpoint))
  const encoding = { data: new Float32Array(77 * 768).fill(0.1), tokens: 77, width: 768 }
  const text = [{ encoding, pooled: null, options: {} }]
  const latent = { data: new Float32Array(4 * 64 * 64), shape: [1, 4, 64, 64] as const }
  const took: number[] = []
  let last = performance.now()
  await sampleLatent({
    guider: cfgGuider(model, { positive: text, negative: text, scale: 7 }),
    sampler: { name: 'euler' },
    sigmas: runSigmas(model.sampling, 'normal', 200),
    latent,
    noise: () => noiseFor(1, latent),
    seed: 1,
    pause: async () => undefined,
    async onStep() {
      const now = performance.now()
      took.push(now - last)
      last = now
    },
  })
  await store.unloadAll()
  return {
    id: 'D4',
    what: 'what the engine adds to a step',
    value: median(took),
    goal: { atMost: 5 },
    unit: 'ms',
    detail: 'euler, CFG, latent of 64 × 64, no preview: a network that answers at once, two runs a step; median of 200',
  }
}

const echo = {
  ...{ key: 'echo', label: 'echo', bytes: 1 },
  build() {
    const graph = new OnnxGraph()
    graph.input('x', ['batch', 4, 'height', 'width'])
    graph.input('timesteps', ['batch'])
    graph.input('context', ['batch', 'tokens', 768])
    graph.node('Identity', ['x'], {}, 'out')
    graph.output('out', ['batch', 4, 'height', 'width'])
    return graph.finish()
  },
}

interface Interrupted {
  checkpoint: string
  rounds: number
  side: number
  network: string
}

/** From `POST /interrupt` to `execution_interrupted` at the socket, at odd moments of a step, in the built engine. */
async function interruption(home: string, { checkpoint, rounds, side, network }: Interrupted): Promise<Figure> {
  const studio = join(home, 'studio')
  mkdirSync(join(studio, 'models', 'checkpoints'), { recursive: true })
  linkSync(checkpoint, join(studio, 'models', 'checkpoints', 'sd.safetensors'))
  const engine = await startServer(process.execPath, ['dist/engine/main.js', '--port', '0'], {
    STUDIO_DIR: studio,
    ENGINE_DEVICE: 'cpu',
    NODE_ENV: 'production',
  })
  const url = `http://127.0.0.1:${engine.port}`
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=bench`)
  try {
    await once(socket, 'open')
    const post = async (path: string, body: object) => {
      const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(await answer.text())
    }
    const took: number[] = []
    for (let round = 0; round < 2 * rounds; round++) {
      const sampling = message(socket, ({ type, data }) => type === 'executing' && data.node === '3')
      await post('/prompt', { client_id: 'bench', prompt: endless(side * 8, round) })
      await sampling
      // Somewhere in a step; the first time also while the network opens.
      await new Promise((resolve) => setTimeout(resolve, 1000 + 377 * round))
      const interrupted = message(socket, ({ type }) => type === 'execution_interrupted')
      const began = performance.now()
      await post('/interrupt', {})
      await interrupted
      took.push(performance.now() - began)
    }
    return {
      id: 'D5',
      what: 'interruption, POST to execution_interrupted',
      value: Math.max(...took),
      goal: { atMost: 500 },
      unit: 'ms',
      detail: `${network}: the longest of ${took.length} within a step; median ${median(took).toFixed(1)} ms`,
    }
  } finally {
    socket.terminate()
    await engine.stop()
  }
}

interface Message {
  type: string
  data: { node?: string }
}

function message(socket: WebSocket, isIt: (message: Message) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (data: Buffer, isBinary: boolean) => {
      if (isBinary || !isIt(JSON.parse(data.toString()) as Message)) return
      socket.off('message', look)
      resolve()
    }
    socket.on('message', look)
  })
}

/** ComfyUI's default graph, of which nobody sees the end. */
const endless = (pixels: number, seed: number) => ({
  '3': {
    class_type: 'KSampler',
    inputs: {
      ...{ seed, steps: 10_000, cfg: 7, sampler_name: 'euler', scheduler: 'normal', denoise: 1 },
      ...{ model: ['4', 0], positive: ['6', 0], negative: ['6', 0], latent_image: ['5', 0] },
    },
  },
  '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd.safetensors' } },
  '5': { class_type: 'EmptyLatentImage', inputs: { width: pixels, height: pixels, batch_size: 1 } },
  '6': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat', clip: ['4', 1] } },
  '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
  '9': { class_type: 'SaveImage', inputs: { images: ['8', 0], filename_prefix: 'never' } },
})
