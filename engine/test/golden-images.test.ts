/**
 * @file Whole runs, from a text to latents and pixels, in a real engine, against values that PyTorch, diffusers and
 * transformers computed from the same narrow checkpoints (`scripts/reference/text_to_image.py`, which names every case).
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { buildControlHint, buildControlNet } from '../models/diffusion/control/build-controlnet.ts'
import { buildT2iAdapter } from '../models/diffusion/control/build-t2i-adapter.ts'
import { knownUNets } from '../models/diffusion/unet/config.ts'
import type { Layers } from '../models/network/layers.ts'
import { readSafetensors } from '../models/safetensors/read-safetensors.ts'
import { readTensorValues } from '../models/safetensors/tensor-values.ts'
import { expectationSchema, expectResult } from '../models/testing/expected-values.ts'
import { type TinyFamilyName, writeTinyModel, writeTinyParts } from '../models/testing/tiny-families.ts'
import { shapesOf } from '../models/testing/tiny-network.ts'
import { writeTinySafetensors } from '../models/testing/tiny-weights.ts'
import { startEngine, type TestEngine } from './harness.ts'

const expectedValues = z
  .object({
    tokens: z.array(z.int()),
    latents: z.record(z.string(), expectationSchema),
    pixels: z.record(z.string(), expectationSchema),
  })
  .parse(JSON.parse(await readFile(new URL('../models/testdata/text-to-image.json', import.meta.url), 'utf8')))
const { tokens } = expectedValues

let engine: TestEngine
const inModels = (...parts: string[]) => join(engine.directory, 'models', ...parts)

beforeAll(async () => {
  engine = await startEngine()
  for (const folder of [
    'checkpoints',
    'diffusion_models',
    'text_encoders',
    'vae',
    'loras',
    'controlnet',
    'upscale_models',
  ]) {
    await mkdir(inModels(folder), { recursive: true })
  }
  await mkdir(engine.input, { recursive: true })
  await placePicture('photo.png', 100, 68)
  await placePicture('tall.png', 64, 96)
  await placePicture('wide.png', 208, 144)
  await placePicture('hint.png', 120, 100, 90)
  await placeMask('mask-100x68.png', 100, 68, slope)
})
afterAll(() => engine.stop())

type Link = [string, number]

/** A prompt, node by node. */
class Graph {
  readonly nodes: Record<string, { class_type: string; inputs: Record<string, unknown> }> = {}

  /** @returns the node's first output; `output(link, 1)` is the second */
  add(class_type: string, inputs: Record<string, unknown> = {}): Link {
    const id = String(Object.keys(this.nodes).length + 1)
    this.nodes[id] = { class_type, inputs }
    return [id, 0]
  }
}

const output = ([id]: Link, index: number): Link => [id, index]

interface Loaded {
  model: Link
  clip: Link
  vae: Link
}

function loadCheckpoint(graph: Graph, name: string): Loaded {
  const loader = graph.add('CheckpointLoaderSimple', { ckpt_name: `${name}.safetensors` })
  return { model: loader, clip: output(loader, 1), vae: output(loader, 2) }
}

const cat = 'a photo of a cat'
const dogs = 'two dogs, oil painting'
const red = 'a photo of a (red:1.4) cat'
const bad = 'text, watermark'

const say = (graph: Graph, { clip }: Pick<Loaded, 'clip'>, text: string) => graph.add('CLIPTextEncode', { clip, text })

const emptyLatent = (graph: Graph, { width = 64, height = 96, batch_size = 1 } = {}) =>
  graph.add('EmptyLatentImage', { width, height, batch_size })

interface Sampling {
  model: Link
  positive: Link
  negative: Link
  latent_image: Link
  seed: number
  sampler_name?: string
  scheduler?: string
  denoise?: number
}

const sample = (graph: Graph, sampling: Sampling) =>
  graph.add('KSampler', { steps: 8, cfg: 5, sampler_name: 'euler', scheduler: 'normal', denoise: 1, ...sampling })

/** From texts alone, with whatever is different. */
function fromText(graph: Graph, loaded: Loaded, seed: number, changes: Partial<Sampling> = {}): Link {
  return sample(graph, {
    model: loaded.model,
    positive: say(graph, loaded, cat),
    negative: say(graph, loaded, bad),
    latent_image: emptyLatent(graph),
    seed,
    ...changes,
  })
}

interface Result {
  latent: { data: Float32Array; shape: readonly number[] } | null
  /** Of the first picture. */
  pixels: { data: Buffer; shape: readonly [height: number, width: number, channels: number] }
}

/** Runs the graph, and what saves a latent and the picture it stands for (or a picture of the graph's own). */
async function run(graph: Graph, { latent, image }: { latent?: Link; image: Link }): Promise<Result> {
  const saved = latent && graph.add('SaveLatent', { samples: latent, filename_prefix: 'latents/golden' })
  const shown = graph.add('SaveImage', { images: image, filename_prefix: 'golden' })
  const { entry } = await engine.run(graph.nodes)
  expect(entry.status.messages.find(([type]: [string]) => type === 'execution_error')).toBeUndefined()
  const pathOf = ({ subfolder, filename }: { subfolder: string; filename: string }) =>
    join(engine.output, subfolder, filename)
  const { data, info } = await sharp(pathOf(entry.outputs[shown[0]].images[0]))
    .raw()
    .toBuffer({ resolveWithObject: true })
  return {
    latent: saved ? await readLatent(pathOf(entry.outputs[saved[0]].latents[0])) : null,
    pixels: { data, shape: [info.height, info.width, info.channels] },
  }
}

async function readLatent(path: string) {
  const file = await readSafetensors(path)
  return { data: await readTensorValues(file, 'latent_tensor'), shape: file.tensors.get('latent_tensor')!.shape }
}

const runLatent = (graph: Graph, { vae }: Pick<Loaded, 'vae'>, latent: Link) =>
  run(graph, { latent, image: graph.add('VAEDecode', { samples: latent, vae }) })

/** Networks agree to 1e-4 of their deviation and steps multiply what they differ by: 1e-3 after a run. */
function expectGolden(name: string, { latent, pixels }: Result): void {
  if (latent) expectResult(latent, expectedValues.latents[name]!, 1e-3)
  const expected = expectedValues.pixels[name]!
  expect(pixels.shape).toEqual(expected.shape)
  const steps = expected.values.map((value, k) => Math.abs(pixels.data[(k * 7919) % pixels.data.length]! - value))
  // Eight bits cut what follows, so a value near a whole number may come out as either.
  expect(Math.max(...steps)).toBeLessThanOrEqual(1)
  expect(steps.filter((step) => step === 0).length).toBeGreaterThan(0.9 * steps.length)
}

/** The pictures of the reference script, of whole numbers alone. */
async function placePicture(name: string, width: number, height: number, shift = 0): Promise<void> {
  const bytes = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        bytes[(y * width + x) * 3 + channel] = 5 * x + 3 * y + 60 * channel + 17 * ((x >> 3) ^ (y >> 3)) + shift
      }
    }
  }
  await sharp(bytes, { raw: { width, height, channels: 3 } }).toFile(join(engine.input, name))
}

async function placeMask(
  name: string,
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): Promise<void> {
  const bytes = Uint8Array.from({ length: width * height }, (_, at) => value(at % width, Math.floor(at / width)))
  await sharp(bytes, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .toFile(join(engine.input, name))
}

const slope = (x: number, y: number) => Math.min(255, (4 * x + 2 * y) % 320)
const loadImage = (graph: Graph, image: string) => graph.add('LoadImage', { image })
const loadMask = (graph: Graph, image: string) => graph.add('LoadImageMask', { image, channel: 'red' })

async function placeModel(name: TinyFamilyName): Promise<void> {
  await writeTinyModel(inModels('checkpoints', `${name}.safetensors`), name, { tokens })
}

describe('Stable Diffusion 1', () => {
  beforeAll(async () => {
    await placeModel('sd1')
    await placeMask('mask-96x64.png', 96, 64, slope)
    await placeMask('mask-64x96.png', 64, 96, slope)
    await placeMask('corner.png', 80, 96, (x, y) => (y >= 40 && y < 80 && x >= 24 && x < 40 ? 255 : 0))
  })

  const golden = (name: string, build: (graph: Graph, loaded: Loaded) => Link) =>
    it(name, async () => {
      const graph = new Graph()
      const loaded = loadCheckpoint(graph, 'sd1')
      expectGolden(`sd1 ${name}`, await runLatent(graph, loaded, build(graph, loaded)))
    })

  golden('euler', (graph, loaded) => fromText(graph, loaded, 156680208700286))
  golden('dpmpp_2m karras, two of a batch, a weight', (graph, loaded) =>
    fromText(graph, loaded, 7, {
      positive: say(graph, loaded, red),
      latent_image: emptyLatent(graph, { batch_size: 2 }),
      sampler_name: 'dpmpp_2m',
      scheduler: 'karras',
    }),
  )
  golden('euler_ancestral', (graph, loaded) =>
    fromText(graph, loaded, 8, { sampler_name: 'euler_ancestral', scheduler: 'simple' }),
  )
  golden('dpmpp_2m_sde without noise', (graph, loaded) => {
    const options = { solver_type: 'midpoint', eta: 0, s_noise: 1, noise_device: 'cpu' }
    return graph.add('SamplerCustom', {
      model: loaded.model,
      add_noise: true,
      noise_seed: 9,
      cfg: 5,
      positive: say(graph, loaded, cat),
      negative: say(graph, loaded, bad),
      sampler: graph.add('SamplerDPMPP_2M_SDE', options),
      sigmas: graph.add('BasicScheduler', { model: loaded.model, scheduler: 'sgm_uniform', steps: 8, denoise: 1 }),
      latent_image: emptyLatent(graph),
    })
  })
  golden('uni_pc', (graph, loaded) => fromText(graph, loaded, 10, { sampler_name: 'uni_pc' }))
  golden('clip skip 2', (graph, loaded) => {
    const clip = graph.add('CLIPSetLastLayer', { clip: loaded.clip, stop_at_clip_layer: -2 })
    return fromText(graph, loaded, 11, { positive: say(graph, { clip }, cat), negative: say(graph, { clip }, bad) })
  })

  const encoded = (graph: Graph, { vae }: Loaded) =>
    graph.add('VAEEncode', { pixels: loadImage(graph, 'photo.png'), vae })

  golden('encoded', encoded)
  golden('image to image', (graph, loaded) =>
    fromText(graph, loaded, 12, {
      latent_image: encoded(graph, loaded),
      denoise: 0.6,
      sampler_name: 'dpmpp_2m',
      scheduler: 'karras',
    }),
  )

  const masked = (graph: Graph, loaded: Loaded) =>
    graph.add('SetLatentNoiseMask', { samples: encoded(graph, loaded), mask: loadMask(graph, 'mask-96x64.png') })

  golden('mask, euler', (graph, loaded) => fromText(graph, loaded, 13, { latent_image: masked(graph, loaded) }))
  golden('mask, ddim', (graph, loaded) =>
    fromText(graph, loaded, 14, { latent_image: masked(graph, loaded), sampler_name: 'ddim', denoise: 0.8 }),
  )
  golden('emptied mask', (graph, loaded) =>
    fromText(graph, loaded, 15, {
      latent_image: graph.add('VAEEncodeForInpaint', {
        pixels: loadImage(graph, 'photo.png'),
        vae: loaded.vae,
        mask: loadMask(graph, 'mask-100x68.png'),
        grow_mask_by: 6,
      }),
    }),
  )

  const hiresFix = (graph: Graph, loaded: Loaded) => {
    const samples = fromText(graph, loaded, 156680208700286)
    const larger = graph.add('LatentUpscaleBy', { samples, upscale_method: 'bilinear', scale_by: 1.5 })
    return fromText(graph, loaded, 16, { latent_image: larger, denoise: 0.6 })
  }
  golden('hires fix', hiresFix)

  it('tiled decoding', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'sd1')
    const sizes = { tile_size: 64, overlap: 64, temporal_size: 64, temporal_overlap: 8 }
    const image = graph.add('VAEDecodeTiled', { samples: hiresFix(graph, loaded), vae: loaded.vae, ...sizes })
    expectGolden('sd1 tiled decoding', await run(graph, { image }))
  })
  golden('tiled encoding', (graph, { vae }) => {
    const sizes = { tile_size: 128, overlap: 32, temporal_size: 64, temporal_overlap: 8 }
    return graph.add('VAEEncodeTiled', { pixels: loadImage(graph, 'wide.png'), vae, ...sizes })
  })

  const withDogs = (graph: Graph, loaded: Loaded, conditioning_1: Link) =>
    graph.add('ConditioningCombine', { conditioning_1, conditioning_2: say(graph, loaded, dogs) })

  golden('areas', (graph, loaded) => {
    const area = { width: 64, height: 64, x: 8, y: 16, strength: 0.8 }
    const part = graph.add('ConditioningSetArea', { conditioning: say(graph, loaded, cat), ...area })
    const fractions = { width: 0.45, height: 0.5, x: 0.55, y: 0.5, strength: 1.2 }
    const share = graph.add('ConditioningSetAreaPercentage', { conditioning: say(graph, loaded, red), ...fractions })
    const both = graph.add('ConditioningCombine', { conditioning_1: part, conditioning_2: share })
    return fromText(graph, loaded, 17, {
      positive: withDogs(graph, loaded, both),
      latent_image: emptyLatent(graph, { width: 80, height: 112 }),
    })
  })
  golden('mask of a text', (graph, loaded) => {
    const mask = { mask: loadMask(graph, 'mask-64x96.png'), strength: 0.7, set_cond_area: 'default' }
    const part = graph.add('ConditioningSetMask', { conditioning: say(graph, loaded, cat), ...mask })
    return fromText(graph, loaded, 18, { positive: withDogs(graph, loaded, part) })
  })
  golden('mask bounds', (graph, loaded) => {
    const mask = { mask: loadMask(graph, 'corner.png'), strength: 1, set_cond_area: 'mask bounds' }
    const part = graph.add('ConditioningSetMask', { conditioning: say(graph, loaded, cat), ...mask })
    return fromText(graph, loaded, 19, {
      positive: withDogs(graph, loaded, part),
      latent_image: emptyLatent(graph, { width: 80 }),
    })
  })
  golden('two texts in time', (graph, loaded) => {
    const during = (text: string, start: number, end: number) =>
      graph.add('ConditioningSetTimestepRange', { conditioning: say(graph, loaded, text), start, end })
    const positive = graph.add('ConditioningCombine', {
      conditioning_1: during(cat, 0, 0.4),
      conditioning_2: during(dogs, 0.4, 1),
    })
    return fromText(graph, loaded, 20, { positive })
  })

  describe('with something to follow', () => {
    beforeAll(async () => {
      const config = { ...knownUNets.sd1(32), hintChannels: 3 }
      const build = (layers: Layers) => {
        buildControlNet(layers, config)
        buildControlHint(layers, config)
      }
      const controlNet = shapesOf(build, 'control_model.')
      await writeTinySafetensors(inModels('controlnet', 'net.safetensors'), controlNet)
      const halves = [false, true, true, true]
      for (const hintChannels of [3, 1]) {
        const adapter = { hintChannels, unshuffle: 8, channels: [32, 64, 128, 128], halves }
        const shapes = shapesOf((layers) => buildT2iAdapter(layers, adapter), 'adapter.')
        await writeTinySafetensors(inModels('controlnet', `adapter-${hintChannels}.safetensors`), shapes)
      }
    })

    const follow = (graph: Graph, loaded: Loaded, file: string, changes: Record<string, unknown> = {}) =>
      graph.add('ControlNetApplyAdvanced', {
        positive: say(graph, loaded, cat),
        negative: say(graph, loaded, bad),
        control_net: graph.add('ControlNetLoader', { control_net_name: file }),
        image: loadImage(graph, 'hint.png'),
        strength: 0.9,
        start_percent: 0.1,
        end_percent: 0.6,
        ...changes,
      })
    const followed = (graph: Graph, loaded: Loaded, seed: number, file: string, changes = {}) => {
      const positive = follow(graph, loaded, file, changes)
      return fromText(graph, loaded, seed, { positive, negative: output(positive, 1) })
    }

    golden('ControlNet', (graph, loaded) => followed(graph, loaded, 21, 'net.safetensors'))
    golden('T2I-Adapter', (graph, loaded) => followed(graph, loaded, 23, 'adapter-3.safetensors'))
    golden('T2I-Adapter of one channel', (graph, loaded) => followed(graph, loaded, 25, 'adapter-1.safetensors'))
    golden('ControlNet, the old node', (graph, loaded) => {
      const positive = graph.add('ControlNetApply', {
        conditioning: say(graph, loaded, cat),
        control_net: graph.add('ControlNetLoader', { control_net_name: 'net.safetensors' }),
        image: loadImage(graph, 'hint.png'),
        strength: 0.7,
      })
      return fromText(graph, loaded, 22, { positive })
    })

    it('a ControlNet of no strength changes nothing', async () => {
      const graph = new Graph()
      const loaded = loadCheckpoint(graph, 'sd1')
      const latent = followed(graph, loaded, 156680208700286, 'net.safetensors', { strength: 0 })
      expectGolden('sd1 euler', await runLatent(graph, loaded, latent))
    })
  })

  describe('with LoRAs', () => {
    beforeAll(async () => {
      const lowRank = (name: string, outputs: number, inputs: number): [string, number[]][] => [
        [`${name}.lora_up.weight`, [outputs, 4]],
        [`${name}.lora_down.weight`, [4, inputs]],
        [`${name}.alpha`, []],
      ]
      const kohya = [
        ...lowRank('lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q', 32, 32),
        ...lowRank('lora_unet_middle_block_1_transformer_blocks_0_attn2_to_v', 128, 768),
        ...lowRank('lora_te_text_model_encoder_layers_0_self_attn_q_proj', 768, 768),
        ...lowRank('lora_te_text_model_encoder_layers_1_mlp_fc1', 256, 768),
      ]
      const alphas = kohya.filter(([name]) => name.endsWith('.alpha'))
      const values = new Map(alphas.map(([name]) => [name, Float32Array.of(3)]))
      await writeTinySafetensors(inModels('loras', 'kohya.safetensors'), new Map(kohya), { values })
      const peft = (name: string, outputs: number, inputs: number): [string, number[]][] => [
        [`${name}.lora_A.weight`, [2, inputs]],
        [`${name}.lora_B.weight`, [outputs, 2]],
      ]
      await writeTinySafetensors(
        inModels('loras', 'peft.safetensors'),
        new Map([
          ...peft('unet.up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_k', 32, 768),
          ...peft('text_encoder.text_model.encoder.layers.1.self_attn.v_proj', 768, 768),
        ]),
      )
    })

    golden('two LoRAs', (graph, loaded) => {
      const first = graph.add('LoraLoader', {
        ...{ model: loaded.model, clip: loaded.clip, lora_name: 'kohya.safetensors' },
        ...{ strength_model: 0.8, strength_clip: 0.6 },
      })
      const model = graph.add('LoraLoader', {
        ...{ model: first, clip: output(first, 1), lora_name: 'peft.safetensors' },
        ...{ strength_model: -0.5, strength_clip: -0.5 },
      })
      return fromText(graph, { ...loaded, model, clip: output(model, 1) }, 24)
    })
  })
})

it('Stable Diffusion 1 gives the same from files of its parts', async () => {
  await writeTinyParts(
    {
      unet: inModels('diffusion_models', 'sd1.safetensors'),
      vae: inModels('vae', 'sd1.safetensors'),
      encoders: [inModels('text_encoders', 'sd1.safetensors')],
    },
    'sd1',
    { tokens },
  )
  const graph = new Graph()
  const loaded = {
    model: graph.add('UNETLoader', { unet_name: 'sd1.safetensors', weight_dtype: 'default' }),
    clip: graph.add('CLIPLoader', { clip_name: 'sd1.safetensors', type: 'stable_diffusion' }),
    vae: graph.add('VAELoader', { vae_name: 'sd1.safetensors' }),
  }
  expectGolden('sd1 euler', await runLatent(graph, loaded, fromText(graph, loaded, 156680208700286)))
})

describe('networks that see more than the latent', () => {
  beforeAll(async () => {
    await placeModel('inpaint')
    await placeModel('edit')
  })

  it('inpainting: the picture around the mask', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'inpaint')
    const positive = graph.add('InpaintModelConditioning', {
      positive: say(graph, loaded, cat),
      negative: say(graph, loaded, bad),
      vae: loaded.vae,
      pixels: loadImage(graph, 'photo.png'),
      mask: loadMask(graph, 'mask-100x68.png'),
      noise_mask: true,
    })
    const [negative, latent_image] = [output(positive, 1), output(positive, 2)]
    const latent = fromText(graph, loaded, 30, { positive, negative, latent_image })
    expectGolden('inpaint conditioning', await runLatent(graph, loaded, latent))
  })

  it('inpainting: a latent that was emptied', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'inpaint')
    const latent_image = graph.add('VAEEncodeForInpaint', {
      pixels: loadImage(graph, 'photo.png'),
      vae: loaded.vae,
      mask: loadMask(graph, 'mask-100x68.png'),
      grow_mask_by: 6,
    })
    const latent = fromText(graph, loaded, 31, { latent_image })
    expectGolden('inpaint emptied latent', await runLatent(graph, loaded, latent))
  })

  it('inpainting: nothing but a text', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'inpaint')
    expectGolden('inpaint from text alone', await runLatent(graph, loaded, fromText(graph, loaded, 32)))
  })

  it('editing (InstructPix2Pix): nothing but a text', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'edit')
    expectGolden('edit from text alone', await runLatent(graph, loaded, fromText(graph, loaded, 33)))
  })

  it('editing (InstructPix2Pix): a picture', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'edit')
    const positive = graph.add('InstructPixToPixConditioning', {
      positive: say(graph, loaded, cat),
      negative: say(graph, loaded, bad),
      vae: loaded.vae,
      pixels: loadImage(graph, 'tall.png'),
    })
    const [negative, latent_image] = [output(positive, 1), output(positive, 2)]
    const latent = fromText(graph, loaded, 34, { positive, negative, latent_image })
    expectGolden('edit a picture', await runLatent(graph, loaded, latent))
  })
})

describe('Stable Diffusion 2', () => {
  beforeAll(() => placeModel('sd2'))

  it('predicts v', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'sd2')
    const latent = fromText(graph, loaded, 40, { positive: say(graph, loaded, red) })
    expectGolden('sd2 v-prediction', await runLatent(graph, loaded, latent))
  })

  it('predicts v, dpmpp_2m karras', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'sd2')
    const latent = fromText(graph, loaded, 41, { sampler_name: 'dpmpp_2m', scheduler: 'karras' })
    expectGolden('sd2 v-prediction, dpmpp_2m karras', await runLatent(graph, loaded, latent))
  })
})

describe('SDXL', () => {
  beforeAll(async () => {
    await placeModel('sdxl')
    await placeModel('refiner')
  })

  const plain = (graph: Graph, loaded: Loaded) =>
    fromText(graph, loaded, 50, { positive: say(graph, loaded, red), sampler_name: 'dpmpp_2m', scheduler: 'karras' })

  it('two text encoders, the pooled text and the size of the picture', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'sdxl')
    expectGolden('sdxl dpmpp_2m karras', await runLatent(graph, loaded, plain(graph, loaded)))
  })

  it('a text for each encoder, and sizes that are told', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'sdxl')
    const positive = graph.add('CLIPTextEncodeSDXL', {
      ...{ clip: loaded.clip, text_l: cat, text_g: dogs, width: 768, height: 1152 },
      ...{ crop_w: 16, crop_h: 8, target_width: 640, target_height: 960 },
    })
    const latent = fromText(graph, loaded, 51, { positive })
    expectGolden('sdxl two texts and sizes', await runLatent(graph, loaded, latent))
  })

  it('the refiner, from a step on, with its score', async () => {
    const graph = new Graph()
    const loaded = loadCheckpoint(graph, 'refiner')
    const text = { clip: loaded.clip, text: cat, ascore: 7.5, width: 768, height: 1152 }
    const latent = graph.add('KSamplerAdvanced', {
      ...{ model: loaded.model, add_noise: 'enable', noise_seed: 60, steps: 14, cfg: 5 },
      ...{ sampler_name: 'euler', scheduler: 'normal', start_at_step: 6, end_at_step: 10_000 },
      positive: graph.add('CLIPTextEncodeSDXLRefiner', text),
      negative: say(graph, loaded, bad),
      latent_image: graph.add('VAEEncode', { pixels: loadImage(graph, 'tall.png'), vae: loaded.vae }),
      return_with_leftover_noise: 'disable',
    })
    expectGolden('refiner', await runLatent(graph, loaded, latent))
  })

  it('gives the same from files of its parts, bit for bit (UNet and VAE under diffusers names)', async () => {
    await writeTinyParts(
      {
        unet: inModels('diffusion_models', 'unet.safetensors'),
        vae: inModels('vae', 'vae.safetensors'),
        encoders: ['l', 'g'].map((name) => inModels('text_encoders', `${name}.safetensors`)),
      },
      'sdxl',
      { tokens },
    )
    const whole = new Graph()
    const checkpoint = loadCheckpoint(whole, 'sdxl')
    const parts = new Graph()
    const loaded = {
      model: parts.add('UNETLoader', { unet_name: 'unet.safetensors', weight_dtype: 'default' }),
      // In the other order, which its weights tell.
      clip: parts.add('DualCLIPLoader', { clip_name1: 'g.safetensors', clip_name2: 'l.safetensors', type: 'sdxl' }),
      vae: parts.add('VAELoader', { vae_name: 'vae.safetensors' }),
    }
    const expected = await runLatent(whole, checkpoint, plain(whole, checkpoint))
    const actual = await runLatent(parts, loaded, plain(parts, loaded))
    expect(actual.latent!.data).toEqual(expected.latent!.data)
    expect(actual.pixels.data.equals(expected.pixels.data)).toBe(true)
  })
})

it('an upscale model', async () => {
  const shapes = new Map<string, number[]>()
  for (const place of [0, 2, 4, 6]) {
    const [outputs, inputs] = [place === 6 ? 12 : 8, place === 0 ? 3 : 8]
    shapes.set(`params.body.${place}.weight`, [outputs, inputs, 3, 3]).set(`params.body.${place}.bias`, [outputs])
    if (place < 6) shapes.set(`params.body.${place + 1}.weight`, [8])
  }
  await writeTinySafetensors(inModels('upscale_models', 'compact.safetensors'), shapes)
  const graph = new Graph()
  const upscale_model = graph.add('UpscaleModelLoader', { model_name: 'compact.safetensors' })
  const image = graph.add('ImageUpscaleWithModel', { upscale_model, image: loadImage(graph, 'tall.png') })
  expectGolden('upscaled', await run(graph, { image }))
})
