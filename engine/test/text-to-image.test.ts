/** @file ComfyUI's default graph, and what is built on it, on a checkpoint of real layout with narrow networks. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildTaesdDecoder } from '../models/diffusion/vae/build-taesd.ts'
import { writeTinyCheckpoint } from '../models/testing/tiny-checkpoint.ts'
import { shapesOf } from '../models/testing/tiny-network.ts'
import { writeTinySafetensors } from '../models/testing/tiny-weights.ts'
import { startEngine, type TestEngine } from './harness.ts'

type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>

const checkpoint = 'tiny-sd1.safetensors'
let engine: TestEngine
let models: string

beforeAll(async () => {
  engine = await startEngine()
  models = join(engine.directory, 'models')
  await mkdir(join(models, 'checkpoints'), { recursive: true })
  await writeTinyCheckpoint(join(models, 'checkpoints', checkpoint))
})
afterAll(() => engine.stop())

/** The graph that ComfyUI opens with. */
function defaultGraph(
  changes: { text?: string; sampler?: Record<string, unknown>; latent?: Record<string, unknown> } = {},
): Graph {
  return {
    '3': {
      class_type: 'KSampler',
      inputs: {
        seed: 156680208700286,
        steps: 4,
        cfg: 8,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
        model: ['4', 0],
        positive: ['6', 0],
        negative: ['7', 0],
        latent_image: ['5', 0],
        ...changes.sampler,
      },
    },
    '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: checkpoint } },
    '5': { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 96, batch_size: 1, ...changes.latent } },
    '6': { class_type: 'CLIPTextEncode', inputs: { text: changes.text ?? 'beautiful scenery', clip: ['4', 1] } },
    '7': { class_type: 'CLIPTextEncode', inputs: { text: 'text, watermark', clip: ['4', 1] } },
    '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
    '9': { class_type: 'SaveImage', inputs: { filename_prefix: 'ComfyUI', images: ['8', 0] } },
  }
}

async function run(graph: Graph, extra: Record<string, unknown> = {}) {
  const socket = await engine.connect()
  const { promptId } = await engine.queue(graph, { client_id: socket.id, extra_data: extra })
  await socket.until(
    (event) => event.type === 'executing' && event.data.node === null && event.data.prompt_id === promptId,
  )
  const history = (await engine.get(`/history/${promptId}`)) as Record<
    string,
    {
      outputs: Record<string, Partial<Record<'images' | 'latents', { filename: string; subfolder: string }[]>>>
      status: { status_str: string; messages: [string, Record<string, unknown>][] }
    }
  >
  const entry = history[promptId]!
  const error = entry.status.messages.find(([type]) => type === 'execution_error')?.[1]
  return { promptId, entry, error, socket }
}

async function pixels(graph: Graph): Promise<{ data: Buffer; width: number; height: number }> {
  const { entry, error } = await run(graph)
  expect(error).toBeUndefined()
  const [image] = entry.outputs['9']!.images!
  const { data, info } = await sharp(join(engine.output, image!.subfolder, image!.filename))
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

describe('text to image', () => {
  it('runs the default graph and gives the same picture for the same seed, another for another', async () => {
    const first = await pixels(defaultGraph())
    expect([first.width, first.height]).toEqual([64, 96])
    // Another prefix: another file of the same picture, from the cache.
    const again = defaultGraph({ sampler: { steps: 4 } })
    again['3']!.inputs.denoise = 0.99999
    expect((await pixels(again)).data.equals(first.data)).toBe(true)
    expect((await pixels(defaultGraph({ sampler: { seed: 7 } }))).data.equals(first.data)).toBe(false)
    expect((await pixels(defaultGraph({ text: 'a cat' }))).data.equals(first.data)).toBe(false)
  })

  it('shows each step, with previews', async () => {
    const { socket } = await run(defaultGraph({ sampler: { seed: 11 } }))
    const steps = socket.events.filter((event) => event.type === 'progress' && event.data.node === '3')
    expect(steps.map((event) => event.data.value)).toEqual([1, 2, 3, 4])
    expect(await sizeOfPreview(await socket.untilFrame(() => true))).toEqual([64, 96])
  })

  it('reruns text and sampling for a changed text, and opens nothing anew', async () => {
    const before = await opened()
    const { socket, error } = await run(defaultGraph({ text: 'one more text' }))
    const cached = socket.events.find((event) => event.type === 'execution_cached')!
    expect(error).toBeUndefined()
    expect(cached.data.nodes).toEqual(expect.arrayContaining(['4', '5', '7']))
    expect(cached.data.nodes).not.toContain('6')
    expect(cached.data.nodes).not.toContain('3')
    expect(before).not.toEqual([])
    expect(await opened()).toEqual(before)
  })

  describe('previews through TAESD', () => {
    const decoder = () => join(models, 'vae_approx', 'taesd_decoder.safetensors')
    beforeAll(async () => {
      await mkdir(join(models, 'vae_approx'), { recursive: true })
      const config = { channels: 16, latentChannels: 4 }
      await writeTinySafetensors(
        decoder(),
        shapesOf((layers) => buildTaesdDecoder(layers, config)),
      )
    })
    afterAll(() => rm(decoder()))

    it.each(['latent2rgb', 'taesd', 'auto'])('are made where the method allows it: %s', async (method) => {
      const before = (await opened()).length
      const seed = method.length
      const { socket, error } = await run(defaultGraph({ sampler: { seed } }), { preview_method: method })
      expect(error).toBeUndefined()
      expect(await sizeOfPreview(await socket.untilFrame(() => true))).toEqual([64, 96])
      // Open since the first run that wanted it.
      expect((await opened()).slice(before)).toEqual(method === 'taesd' ? ['taesd_decoder.safetensors'] : [])
    })

    it('are left to colours, and the node says why, when the file is damaged', async () => {
      await writeFile(decoder(), 'damaged')
      const { socket, error } = await run(defaultGraph({ sampler: { seed: 99 } }), { preview_method: 'taesd' })
      expect(error).toBeUndefined()
      const texts = socket.frames.filter((frame) => frame.readUInt32BE(0) === 3).map(String)
      expect(texts).toEqual([expect.stringContaining('Previews are without TAESD: taesd_decoder.safetensors')])
      const frame = await socket.untilFrame((candidate) => candidate.readUInt32BE(0) === 1)
      expect(await sizeOfPreview(frame)).toEqual([64, 96])
    })
  })
})

/** Of a binary message with a preview, opened as the picture that it is. */
async function sizeOfPreview(frame: Buffer): Promise<[number, number]> {
  expect([frame.readUInt32BE(0), frame.readUInt32BE(4)]).toEqual([1, 1])
  const { info } = await sharp(frame.subarray(8)).raw().toBuffer({ resolveWithObject: true })
  return [info.width, info.height]
}

/** Files whose networks were opened so far, from the engine's log. */
async function opened(): Promise<string[]> {
  return [...String(await engine.get('/internal/logs')).matchAll(/opened (\S+)/g)].map(([, file]) => file!)
}

describe('a seed of 64 bits', () => {
  const seed = '9223372036854788153'
  /** Sends numbers that JavaScript cannot hold: `seed` stands in place of every `"SEED"`. */
  async function runExact(graph: Graph, extra: object = {}, digits = seed) {
    const body = JSON.stringify({ prompt: graph, ...extra }).replaceAll('"SEED"', digits)
    const { prompt_id: promptId, job } = await (await engine.fetch('/prompt', { method: 'POST', body })).json()
    await engine.until(async () => (await engine.get(`/history/${promptId}`))[promptId])
    const text = async (path: string) => (await engine.fetch(path)).text()
    return { promptId, job, history: await text(`/history/${promptId}`), text }
  }

  it('is exact in what is drawn: PyTorch takes its low 32 bits, which a double has lost', async () => {
    const graph = defaultGraph({ sampler: { seed: 'SEED' } })
    const { job } = await runExact(graph)
    const drawn = await sharp(join(engine.output, job, 'final', 'ComfyUI_00001_.png'))
      .raw()
      .toBuffer()
    // 2^63 + 12345 and 12345 are one seed to PyTorch; 2^63 alone is another.
    expect((await pixels(defaultGraph({ sampler: { seed: 12345 } }))).data.equals(drawn)).toBe(true)
    expect((await pixels(defaultGraph({ sampler: { seed: 2 ** 63 } }))).data.equals(drawn)).toBe(false)
  })

  it('is the same number wherever it is told again', async () => {
    const workflow = { nodes: [{ type: 'KSampler', widgets_values: ['SEED', 'randomize'] }] }
    const graph = defaultGraph({ sampler: { seed: 'SEED', steps: 3 } })
    const { promptId, job, history, text } = await runExact(graph, { extra_data: { extra_pnginfo: { workflow } } })
    const said = [`"seed":${seed}`, `"widgets_values":[${seed},"randomize"]`]
    const paths = [`/history?max_items=1`, `/api/jobs/${promptId}`, `/api/history_v2/${promptId}`]
    const texts = [history, ...(await Promise.all(paths.map(text)))]
    for (const name of ['job.json', 'final/ComfyUI_00001_.png']) {
      texts.push(await readFile(join(engine.output, job, name), 'latin1'))
    }
    for (const one of texts) for (const part of said) expect(one).toContain(part)
  })

  it('is the same number in an error', async () => {
    const graph = defaultGraph()
    const levels = { steps: 2, sigma_max: 14, sigma_min: 0 }
    graph['28'] = { class_type: 'ExponentialScheduler', inputs: levels }
    graph['29'] = { class_type: 'KSamplerSelect', inputs: { sampler_name: 'euler' } }
    graph['3'] = {
      class_type: 'SamplerCustom',
      inputs: {
        add_noise: true,
        noise_seed: 'SEED',
        cfg: 8,
        model: ['4', 0],
        positive: ['6', 0],
        negative: ['7', 0],
        sampler: ['29', 0],
        sigmas: ['28', 0],
        latent_image: ['5', 0],
      },
    }
    const { history } = await runExact(graph)
    expect(history).toContain('The noise levels (sigmas) are no finite numbers')
    expect(history).toContain(`"noise_seed":[${seed}]`)
  })

  it('may be as large as 64 bits hold, and the description says so exactly', async () => {
    const text = await (await engine.fetch('/object_info/KSampler')).text()
    expect(text).toContain('"max":18446744073709551615')
    const ask = async (digits: string) => {
      const body = JSON.stringify({ prompt: defaultGraph({ sampler: { seed: 'SEED' } }) }).replace('"SEED"', digits)
      const answer = await engine.fetch('/prompt', { method: 'POST', body })
      return { status: answer.status, text: await answer.text() }
    }
    expect((await ask('18446744073709551615')).status).toBe(200)
    const refused = await ask('18446744073709551616')
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('Value 18446744073709551616 bigger than max of 18446744073709551615')
    expect(refused.text).toContain('"received_value":18446744073709551616')
    // Written as a text it is the same number, as Python's int() has it.
    expect((await ask('"18446744073709551615"')).status).toBe(200)
  })
})

describe('latents on disk', () => {
  it('go on from the file where the run that saved it stopped', async () => {
    const graph = defaultGraph()
    graph['10'] = { class_type: 'SaveLatent', inputs: { samples: ['3', 0], filename_prefix: 'latents/half' } }
    const direct = await pixels(graph)
    const { entry } = await run(graph)
    const [file] = entry.outputs['10']!.latents!
    expect(file).toMatchObject({ filename: 'half_00001_.latent', type: 'output' })
    const view = await engine.fetch(`/view?${new URLSearchParams(file as never)}`)
    const form = new FormData()
    form.append('image', await view.blob(), 'half.latent')
    expect(await (await engine.fetch('/upload/image', { method: 'POST', body: form })).json()).toMatchObject({
      name: 'half.latent',
    })
    const info = await engine.get('/object_info/LoadLatent')
    expect(info.LoadLatent.input.required.latent[0]).toEqual(['half.latent'])
    const rest = defaultGraph()
    rest['11'] = { class_type: 'LoadLatent', inputs: { latent: 'half.latent' } }
    rest['8']!.inputs.samples = ['11', 0]
    expect((await pixels(rest)).data.equals(direct.data)).toBe(true)
    rest['11'].inputs.latent = `${file!.subfolder}/${file!.filename} [output]`
    expect((await pixels(rest)).data.equals(direct.data)).toBe(true)
  })
})

/** The photograph that ships, cut to a size whose sides are no multiples of 8. */
async function placePhoto(): Promise<void> {
  await mkdir(engine.input, { recursive: true })
  const shipped = join(import.meta.dirname, '../../studio-data/defaults/input/chelsea.png')
  await sharp(shipped).resize(100, 68).toFile(join(engine.input, 'cat.png'))
  await copyFile(join(engine.input, 'cat.png'), join(engine.input, 'copy.png'))
}

describe('image to image', () => {
  it('starts from a picture, and with little noise stays near what its latent shows', async () => {
    await placePhoto()
    const graph = defaultGraph({
      sampler: { latent_image: ['11', 0], denoise: 0.5, sampler_name: 'dpmpp_2m', scheduler: 'karras' },
    })
    graph['10'] = { class_type: 'LoadImage', inputs: { image: 'cat.png' } }
    graph['11'] = { class_type: 'VAEEncode', inputs: { pixels: ['10', 0], vae: ['4', 2] } }
    const { width, height } = await pixels(graph)
    expect([width, height]).toEqual([96, 64])
  })

  it('keeps the latent outside of the mask', async () => {
    await placePhoto()
    const graph = defaultGraph({ sampler: { latent_image: ['13', 0], sampler_name: 'euler_ancestral' } })
    graph['10'] = { class_type: 'LoadImage', inputs: { image: 'cat.png' } }
    graph['11'] = { class_type: 'VAEEncode', inputs: { pixels: ['10', 0], vae: ['4', 2] } }
    graph['12'] = { class_type: 'SolidMask', inputs: { value: 0, width: 96, height: 64 } }
    graph['13'] = { class_type: 'SetLatentNoiseMask', inputs: { samples: ['11', 0], mask: ['12', 0] } }
    const kept = await pixels(graph)
    const plain = defaultGraph()
    plain['10'] = graph['10']!
    plain['11'] = graph['11']!
    plain['8']!.inputs.samples = ['11', 0]
    const decoded = await pixels(plain)
    const worst = kept.data.reduce((most, value, at) => Math.max(most, Math.abs(value - decoded.data[at]!)), 0)
    expect(worst).toBeLessThanOrEqual(1)
  })

  it('upscales a latent and goes on sampling (hires fix), with a sampler put together from parts', async () => {
    const graph = defaultGraph()
    graph['20'] = {
      class_type: 'LatentUpscaleBy',
      inputs: { samples: ['3', 0], upscale_method: 'bislerp', scale_by: 1.5 },
    }
    graph['21'] = {
      class_type: 'BasicScheduler',
      inputs: { model: ['4', 0], scheduler: 'beta', steps: 3, denoise: 0.6 },
    }
    graph['22'] = { class_type: 'KSamplerSelect', inputs: { sampler_name: 'dpmpp_2m_sde' } }
    graph['23'] = {
      class_type: 'CFGGuider',
      inputs: { model: ['4', 0], positive: ['6', 0], negative: ['7', 0], cfg: 5 },
    }
    graph['24'] = { class_type: 'RandomNoise', inputs: { noise_seed: 5 } }
    graph['25'] = {
      class_type: 'SamplerCustomAdvanced',
      inputs: { noise: ['24', 0], guider: ['23', 0], sampler: ['22', 0], sigmas: ['21', 0], latent_image: ['20', 0] },
    }
    graph['8']!.inputs.samples = ['25', 0]
    const { width, height } = await pixels(graph)
    expect([width, height]).toEqual([96, 144])
  })
})

describe('an interruption', () => {
  it('ends the sampling within its step, and the runner goes on with what it holds', async () => {
    const socket = await engine.connect()
    const before = await engine.runnerPid()
    const { promptId } = await engine.queue(defaultGraph({ sampler: { steps: 9000, seed: 3 } }), {
      client_id: socket.id,
    })
    await socket.until((event) => event.type === 'progress' && event.data.node === '3')
    await engine.post('/interrupt', { prompt_id: promptId })
    await socket.until((event) => event.type === 'execution_interrupted')
    await pixels(defaultGraph({ sampler: { seed: 12 } }))
    expect(await engine.runnerPid()).toBe(before)
  })
})

describe('errors in words', () => {
  it('a pickle is refused by its content', async () => {
    await writeFile(join(models, 'checkpoints', 'evil.ckpt'), 'PK\u0003\u0004 archive/data.pkl')
    const graph = defaultGraph()
    graph['4']!.inputs.ckpt_name = 'evil.ckpt'
    const { error } = await run(graph)
    expect(error).toMatchObject({ node_id: '4', node_type: 'CheckpointLoaderSimple' })
    expect(error!.exception_message).toMatch(/evil\.ckpt is a PyTorch pickle/)
    await rm(join(models, 'checkpoints', 'evil.ckpt'))
  })
})
