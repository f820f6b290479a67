/** @file What stays in memory and what does not: a running engine with a checkpoint of real layout and narrow networks. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { greedyUpscaler } from '../models/testing/greedy-upscaler.ts'
import { writeTinyCheckpoint } from '../models/testing/tiny-checkpoint.ts'
import { writeTinySafetensors } from '../models/testing/tiny-weights.ts'
import { makeDirectory, startEngine, type TestEngine } from './harness.ts'

type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>

const checkpoint = 'tiny-sd1.safetensors'
let directory: string
let engine: TestEngine

beforeAll(async () => {
  directory = await makeDirectory()
  const models = join(directory, 'models')
  await mkdir(join(models, 'checkpoints'), { recursive: true })
  await mkdir(join(models, 'loras'), { recursive: true })
  await writeTinyCheckpoint(join(models, 'checkpoints', checkpoint))
  await mkdir(join(models, 'upscale_models'))
  await writeFile(join(models, 'upscale_models', 'greedy.onnx'), greedyUpscaler(128))
  const module = 'lora_unet_mid_block_attentions_0_proj_in'
  const lora = new Map([
    [`${module}.lora_down.weight`, [4, 128, 1, 1]],
    [`${module}.lora_up.weight`, [128, 4, 1, 1]],
  ])
  await writeTinySafetensors(join(models, 'loras', 'tiny-lora.safetensors'), lora)
  engine = await startEngine({ directory })
})
afterAll(() => engine.stop())

interface Changes {
  text?: string
  seed?: number
  width?: number
  height?: number
  batch?: number
  lora?: number
}

function textToImage({ text = 'a cat', seed = 1, width = 64, height = 64, batch = 1, lora }: Changes = {}): Graph {
  const model = lora === undefined ? ['4', 0] : ['10', 0]
  return {
    '3': {
      class_type: 'KSampler',
      inputs: {
        ...{ seed, steps: 2, cfg: 8, sampler_name: 'euler', scheduler: 'normal', denoise: 1, model },
        ...{ positive: ['6', 0], negative: ['7', 0], latent_image: ['5', 0] },
      },
    },
    '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: checkpoint } },
    '5': { class_type: 'EmptyLatentImage', inputs: { width, height, batch_size: batch } },
    '6': { class_type: 'CLIPTextEncode', inputs: { text, clip: ['4', 1] } },
    '7': { class_type: 'CLIPTextEncode', inputs: { text: 'text, watermark', clip: ['4', 1] } },
    '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
    '9': { class_type: 'PreviewImage', inputs: { images: ['8', 0] } },
    ...(lora !== undefined && {
      '10': {
        class_type: 'LoraLoaderModelOnly',
        inputs: { model: ['4', 0], lora_name: 'tiny-lora.safetensors', strength_model: lora },
      },
    }),
  }
}

/** Enlarges a grey picture by a network that takes no more than 128 pixels. */
const enlarge = (size: number): Graph => ({
  '1': { class_type: 'EmptyImage', inputs: { width: size, height: size, batch_size: 1, color: 0x808080 } },
  '2': { class_type: 'UpscaleModelLoader', inputs: { model_name: 'greedy.onnx' } },
  '3': { class_type: 'ImageUpscaleWithModel', inputs: { upscale_model: ['2', 0], image: ['1', 0] } },
  '4': { class_type: 'PreviewImage', inputs: { images: ['3', 0] } },
})

/** Runs a graph. @returns what the engine opened and closed meanwhile, which nodes it took from the cache, and its error */
async function run(graph: Graph, on = engine) {
  const before = (await sessionMoves(on)).length
  const socket = await on.connect()
  const { promptId } = await on.queue(graph, { client_id: socket.id })
  await socket.until(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === promptId)
  const events = socket.ofRun(promptId)
  socket.close()
  const of = (type: string) => events.find((event) => event.type === type)?.data
  return {
    moves: (await sessionMoves(on)).slice(before),
    cached: (of('execution_cached')?.nodes ?? []) as string[],
    error: of('execution_error') as Record<string, string> | undefined,
    ends: events.map(({ type }) => type).filter((type) => /^execution_(success|error|interrupted)$/.test(type)),
  }
}

/** `opened UNet`, `closed UNet`, ... from the engine's log. */
async function sessionMoves(on: TestEngine): Promise<string[]> {
  return movesIn(String(await on.get('/internal/logs')))
}

/** How many are open in the runner that lives now. */
async function openNetworks(on: TestEngine): Promise<number> {
  const lines = String(await on.get('/internal/logs'))
  const moves = movesIn(lines.slice(lines.lastIndexOf(' is ready on ')))
  return 2 * moves.filter(isOpening).length - moves.length
}

function movesIn(lines: string): string[] {
  return [...lines.matchAll(/(opened|closed) \S+ \(([^)]+)\)/g)].map(([, what, part]) => `${what} ${part}`)
}

const isOpening = (move: string) => move.startsWith('opened')

describe('a change of the graph', () => {
  it('opens three networks for the first picture', async () => {
    const { moves, error } = await run(textToImage())
    expect(error).toBeUndefined()
    expect(moves).toEqual(['opened text encoder', 'opened UNet', 'opened VAE decoder'])
  })

  it.each<[string, Changes, reruns: string[]]>([
    ['text', { text: 'a dog' }, ['6', '3', '8']],
    ['seed', { seed: 2 }, ['3', '8']],
    ['size', { width: 128 }, ['5', '3', '8']],
    ['batch', { batch: 2 }, ['5', '3', '8']],
  ])('of the %s runs what depends on it and opens nothing', async (_what, changes, reruns) => {
    await run(textToImage())
    const { moves, cached, error } = await run(textToImage(changes))
    expect(error).toBeUndefined()
    expect(moves).toEqual([])
    expect(cached).toEqual(expect.arrayContaining(['4', '7']))
    expect(cached.filter((id) => reruns.includes(id))).toEqual([])
  })

  it('of a LoRA’s strength opens nothing: the LoRA itself is another network', async () => {
    expect((await run(textToImage({ lora: 0.5 }))).moves).toEqual(['opened UNet'])
    const { moves, error } = await run(textToImage({ lora: 0.8 }))
    expect(error).toBeUndefined()
    expect(moves).toEqual([])
  })
})

describe('a lack of memory', () => {
  it('is told before anything is allocated when the size is absurd, and what is open stays open', async () => {
    await run(textToImage())
    const { moves, error } = await run(textToImage({ width: 16384, height: 16384, batch: 16 }))
    expect(error).toMatchObject({ node_id: '3', node_type: 'KSampler', exception_type: 'OutOfMemoryError' })
    expect(error!.exception_message).toMatch(
      /^tiny-sd1\.safetensors \(UNet\): there is not enough memory: it takes about \d+\.\d GB, and there are .* Make smaller pictures or fewer at once/,
    )
    expect(moves).toEqual([])
    const beyond = await run(textToImage({ width: 16384, height: 16384, batch: 4096 }))
    expect(beyond.error).toMatchObject({ node_id: '5' })
    expect(beyond.error!.exception_message).toMatch(/does not fit in memory\. Use a smaller size or batch/)
  })

  it('that the runtime meets in the middle of a run is one error with advice; the runner goes on, and the next prompt runs', async () => {
    const pid = await engine.runnerPid()
    const { error, ends } = await run(enlarge(160))
    expect(ends).toEqual(['execution_error'])
    expect(error).toMatchObject({
      node_id: '3',
      node_type: 'ImageUpscaleWithModel',
      exception_type: 'OutOfMemoryError',
    })
    expect(error!.exception_message).toMatch(
      /^greedy\.onnx failed: there is not enough memory: \d+\.\d GB more could not be had\. Use a smaller picture/,
    )
    expect((await run(enlarge(96))).ends).toEqual(['execution_success'])
    expect(await engine.runnerPid()).toBe(pid)
  })

  it('that makes the system kill the runner is an error with advice, and the next prompt runs', async () => {
    const pid = await engine.runnerPid()
    const socket = await engine.connect()
    const long = textToImage()
    long['3']!.inputs.steps = 9000
    await engine.queue(long, { client_id: socket.id })
    await socket.until(({ type }) => type === 'progress')
    process.kill(pid, 'SIGKILL')
    const { data } = await socket.until(({ type }) => type === 'execution_error')
    expect(data).toMatchObject({ node_id: '3', node_type: 'KSampler' })
    expect(data.exception_message).toMatch(/memory ran out\. Use smaller images, smaller batches or a smaller model/)
    expect((await run(textToImage({ seed: 6 }))).error).toBeUndefined()
  })
})

describe('memory', () => {
  it('is given back by /free', async () => {
    await run(textToImage({ width: 512, height: 512 }))
    const pid = await engine.runnerPid()
    const before = await statusBytes(pid, 'RssAnon')
    await engine.post('/free', { unload_models: true, free_memory: true })
    await engine.until(async () => (await openNetworks(engine)) === 0)
    await engine.until(async () => before - (await statusBytes(pid, 'RssAnon')) > 100e6)
    // Results are forgotten too: everything runs again.
    const { moves, cached } = await run(textToImage({ width: 512, height: 512 }))
    expect(cached).toEqual([])
    // Where little is free, one is closed for the next.
    expect(moves.filter(isOpening)).toEqual(['opened text encoder', 'opened UNet', 'opened VAE decoder'])
    // Two large pictures, each of which takes a minute on a processor that is shared.
  }, 400_000)

  it('as /system_stats tells it is what the system says', async () => {
    const { system, devices } = await engine.get('/system_stats')
    expect(system.ram_free).toBeLessThan(system.ram_total)
    expect(devices).toEqual([
      {
        ...{ name: 'cpu', type: 'cpu', index: 0 },
        ...{ vram_total: system.ram_total, vram_free: system.ram_free },
        ...{ torch_vram_total: system.ram_total, torch_vram_free: system.ram_free },
      },
    ])
  })

  it('with --lowvram holds one model at a time', async () => {
    await engine.terminate()
    engine = await startEngine({ directory, flags: ['--lowvram'] })
    expect((await run(textToImage())).moves).toEqual([
      ...['opened text encoder', 'closed text encoder', 'opened UNet', 'closed UNet', 'opened VAE decoder'],
    ])
  })
})

async function statusBytes(pid: number, field: 'RssAnon'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024
}
