/**
 * @file Model files that are damaged, hostile, or not what the node asks for, and settings that make no sense: each is
 * told in ComfyUI's shape, in words that name the file or the input, and the engine goes on in the same processes.
 */
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildControlHint, buildControlNet } from '../models/diffusion/control/build-controlnet.ts'
import { buildUNet } from '../models/diffusion/unet/build-unet.ts'
import { knownUNets } from '../models/diffusion/unet/config.ts'
import { buildVaeDecoder, buildVaeEncoder, knownVae } from '../models/diffusion/vae/build-vae.ts'
import type { Layers } from '../models/network/layers.ts'
import { writeSafetensors } from '../models/safetensors/write-safetensors.ts'
import { writeTinyCheckpoint } from '../models/testing/tiny-checkpoint.ts'
import { shapesOf } from '../models/testing/tiny-network.ts'
import { type Shapes, writeSparseSafetensors } from '../models/testing/tiny-weights.ts'
import { clipShapes } from '../models/text/testing/clip-shapes.ts'
import { startEngine, type TestEngine } from './harness.ts'

type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>

let engine: TestEngine
let runner: number

beforeAll(async () => {
  engine = await startEngine()
  await writeTinyCheckpoint(await place('checkpoints/good.safetensors'))
  await writeParts()
  runner = await engine.runnerPid()
  expect((await engine.run(graph())).entry.status.status_str).toBe('success')
})
afterAll(() => engine.stop())
// Neither the engine nor its runner had to be started again.
afterEach(async () => expect(await engine.runnerPid()).toBe(runner))

/** The absolute path of a model file, its folder made. */
async function place(name: string): Promise<string> {
  const path = join(engine.directory, 'models', name)
  await mkdir(dirname(path), { recursive: true })
  return path
}

const unetShapes = (config = knownUNets.sd1(32)) =>
  shapesOf((layers) => buildUNet(layers, config, { control: false, adapter: false }), 'model.diffusion_model.')
const vaeShapes = (latentChannels = 4) => {
  const config = { ...knownVae(32), latentChannels }
  const build = (layers: Layers) => {
    buildVaeDecoder(layers, config)
    buildVaeEncoder(layers, config)
  }
  return shapesOf(build, 'first_stage_model.')
}
const controlShapes = (config: ReturnType<(typeof knownUNets)['sd1']>) => {
  const control = { ...config, hintChannels: 3 }
  return shapesOf((layers) => {
    buildControlHint(layers, control)
    buildControlNet(layers, control)
  }, 'control_model.')
}
const clip = (prefix: string, width: number): Shapes =>
  clipShapes({ kind: 'clip_l', layout: 'transformers', prefix, width, layers: 1 })
const loraShapes = (module: string, inputs: number, outputs: number): Shapes =>
  new Map([
    [`lora_unet_${module}.lora_down.weight`, [4, inputs]],
    [`lora_unet_${module}.lora_up.weight`, [outputs, 4]],
  ])

/** Kinds of files, each in every folder that loaders look in. Zeros, that take no room on the disk. */
async function writeParts(): Promise<void> {
  const attention = 'input_blocks_1_1_transformer_blocks_0_attn2_to_k'
  const kinds: Record<string, Shapes> = {
    unet: unetShapes(),
    'unet-xl': unetShapes(knownUNets.sdxl(32)),
    vae: vaeShapes(),
    'vae-16': vaeShapes(16),
    clip: clip('', 768),
    'clip-h': clipShapes({ kind: 'clip_h', layout: 'transformers', prefix: '', width: 1024, layers: 1 }),
    lora: loraShapes(attention, 768, 32),
    'lora-other-shapes': loraShapes(attention, 1024, 32),
    'lora-other-places': loraShapes('input_blocks_8_1_transformer_blocks_9_attn2_to_k', 2048, 1280),
    control: controlShapes(knownUNets.sd1(32)),
    'control-xl': controlShapes(knownUNets.sdxl(32)),
    'control-wide': controlShapes(knownUNets.sd1(64)),
    'no-vae': new Map([...unetShapes(), ...clip('cond_stage_model.transformer.', 768)]),
    'no-text': new Map([...unetShapes(), ...vaeShapes()]),
    nothing: new Map([['some.weight', [4, 4]]]),
    flux: new Map([['double_blocks.0.img_attn.norm.key_norm.scale', [128]]]),
  }
  for (const [kind, shapes] of Object.entries(kinds)) {
    const first = await place(`checkpoints/${kind}.safetensors`)
    await writeSparseSafetensors(first, shapes)
    for (const folder of ['diffusion_models', 'text_encoders', 'vae', 'loras', 'controlnet', 'upscale_models']) {
      await link(first, await place(`${folder}/${kind}.safetensors`))
    }
  }
}

/** ComfyUI's default graph with changes by node. */
function graph(changes: Record<string, Record<string, unknown>> = {}): Graph {
  const nodes: Graph = {
    '3': {
      class_type: 'KSampler',
      inputs: {
        seed: 7,
        steps: 2,
        cfg: 8,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
        model: ['4', 0],
        positive: ['6', 0],
        negative: ['7', 0],
        latent_image: ['5', 0],
      },
    },
    '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'good.safetensors' } },
    '5': { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
    '6': { class_type: 'CLIPTextEncode', inputs: { text: 'a lake', clip: ['4', 1] } },
    '7': { class_type: 'CLIPTextEncode', inputs: { text: '', clip: ['4', 1] } },
    '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
    '9': { class_type: 'SaveImage', inputs: { filename_prefix: 'ComfyUI', images: ['8', 0] } },
  }
  for (const [id, inputs] of Object.entries(changes)) Object.assign(nodes[id]!.inputs, inputs)
  return nodes
}

interface Failure {
  node_id: string
  node_type: string
  exception_type: string
  exception_message: string
}

/** Runs a graph that must fail. */
async function failureOf(nodes: Graph): Promise<Failure> {
  const { entry } = await engine.run(nodes)
  const error = entry.status.messages.find(([type]: [string]) => type === 'execution_error')?.[1]
  expect([entry.status.status_str, error]).toEqual(['error', expect.anything()])
  return { ...error, exception_message: error.exception_message.trimEnd() }
}

/** A graph that ends in whatever a loader gives. */
function loading(classType: string, name: string): Graph {
  const inputs: Record<string, Record<string, unknown>> = {
    CheckpointLoaderSimple: { ckpt_name: name },
    UNETLoader: { unet_name: name, weight_dtype: 'default' },
    CLIPLoader: { clip_name: name, type: 'stable_diffusion' },
    VAELoader: { vae_name: name },
    LoraLoaderModelOnly: { model: ['4', 0], lora_name: name, strength_model: 1 },
    ControlNetLoader: { control_net_name: name },
    UpscaleModelLoader: { model_name: name },
  }
  return {
    '4': graph()['4']!,
    '10': { class_type: classType, inputs: inputs[classType]! },
    '11': { class_type: 'PreviewAny', inputs: { source: ['10', 0] } },
  }
}

const folders: Record<string, string> = {
  CheckpointLoaderSimple: 'checkpoints',
  UNETLoader: 'diffusion_models',
  CLIPLoader: 'text_encoders',
  VAELoader: 'vae',
  LoraLoaderModelOnly: 'loras',
  ControlNetLoader: 'controlnet',
  UpscaleModelLoader: 'upscale_models',
}

/** The default graph with a node in front of one of its inputs. */
const inFrontOf = (id: string, input: string, node: Graph[string], more: Graph = {}): Graph => ({
  ...graph({ [id]: { [input]: ['20', 0] } }),
  '20': node,
  ...more,
})

describe('a damaged file', () => {
  const tensor = (shape: unknown, from: unknown, to: unknown) => ({ dtype: 'F32', shape, data_offsets: [from, to] })
  /** Length, header and so many bytes of data. */
  const file = (header: unknown, data = 16, length?: bigint) => {
    const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
    const prefix = Buffer.alloc(8)
    prefix.writeBigUInt64LE(length ?? BigInt(text.length))
    return Buffer.concat([prefix, text, Buffer.alloc(data)])
  }
  const pickle = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), Buffer.from('archive/data.pkl')])

  it.each<[what: string, bytes: Buffer, words: string]>([
    ['without a byte', Buffer.alloc(0), 'is empty'],
    ['cut within the length', Buffer.from([4, 0, 0]), 'is no model file that this engine knows'],
    ['cut within the header', file('{"a":', 0, 100n), 'ends within its header; download it again'],
    [
      'cut within the data',
      file({ a: tensor([8], 0, 32) }, 16),
      'is cut short: tensor "a" ends 16 bytes after the file',
    ],
    ['with a header that is no JSON', file('{"a": tensor}'), 'its header is not JSON'],
    ['with a header of 3 GB', file('{}', 0, 3_000_000_000n), 'its header claims 3000000000 bytes'],
    ['with offsets that lie', file({ a: tensor([2], 0, 16) }), 'takes 16 bytes, not what its shape [2] needs'],
    ['with offsets that run backwards', file({ a: tensor([4], 16, 0) }), 'takes -16 bytes'],
    [
      'with tensors one over another',
      file({ a: tensor([4], 0, 16), b: tensor([2], 8, 16) }),
      'tensor "b" overlaps the one before it',
    ],
    ['with a tensor twice', file('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":0}'), 'says "a" twice'],
    [
      'with a shape that is no number',
      file('{"a":{"dtype":"F32","shape":[null],"data_offsets":[0,16]}}'),
      'no usable shape',
    ],
    [
      'with a shape beyond counting',
      file({ a: tensor([2 ** 40, 2 ** 40], 0, 16) }),
      'takes 16 bytes, not what its shape',
    ],
    ['that is a pickle under a good name', pickle, 'is a PyTorch pickle (.pt, .pth, .ckpt)'],
    [
      'that is a web page',
      Buffer.from('<!doctype html><title>404</title>'),
      'is a web page: the download saved a page',
    ],
  ])('%s is named with what is wrong', async (_what, bytes, words) => {
    await writeFile(await place('checkpoints/damaged.safetensors'), bytes)
    const error = await failureOf(loading('CheckpointLoaderSimple', 'damaged.safetensors'))
    expect(error).toMatchObject({ node_id: '10', node_type: 'CheckpointLoaderSimple', exception_type: 'ValueError' })
    expect(error.exception_message).toMatch(/^damaged\.safetensors /)
    expect(error.exception_message).toContain(words)
  })

  it.each(Object.entries(folders))('is refused by %s too', async (loader, folder) => {
    await writeFile(await place(`${folder}/pickle.safetensors`), pickle)
    const error = await failureOf(loading(loader, 'pickle.safetensors'))
    expect([error.node_type, error.exception_message]).toEqual([loader, expect.stringContaining('is a PyTorch pickle')])
  })

  it('that is a folder is no choice', async () => {
    await mkdir(await place('checkpoints/folder.safetensors'))
    const { status, body } = await engine.post('/prompt', {
      prompt: loading('CheckpointLoaderSimple', 'folder.safetensors'),
    })
    expect([status, body.node_errors['10'].errors[0].type]).toEqual([400, 'value_not_in_list'])
  })
})

describe('a file of another kind', () => {
  const places: Record<string, string> = {
    lora: 'It looks like a LoRA: that goes into models/loras, and LoraLoader opens it.',
    control: 'It looks like a ControlNet: that goes into models/controlnet, and ControlNetLoader opens it.',
    unet: 'It looks like a diffusion model: that goes into models/diffusion_models, and UNETLoader opens it.',
    vae: 'It looks like a VAE: that goes into models/vae, and VAELoader opens it.',
    clip: 'It looks like a text encoder: that goes into models/text_encoders, and CLIPLoader opens it.',
    'no-vae': 'It looks like a checkpoint: that goes into models/checkpoints, and CheckpointLoaderSimple opens it.',
  }
  const own: Record<string, string[]> = {
    // A diffusion model alone is as good as a checkpoint, until its other parts are needed.
    CheckpointLoaderSimple: ['unet', 'no-vae'],
    UNETLoader: ['unet', 'no-vae'],
    CLIPLoader: ['clip', 'no-vae'],
    VAELoader: ['vae'],
    LoraLoaderModelOnly: ['lora'],
    ControlNetLoader: ['control'],
    UpscaleModelLoader: [],
  }
  it.each(Object.keys(own))('in %s is told for what it is', async (loader) => {
    for (const [kind, words] of Object.entries(places).filter(([name]) => !own[loader]!.includes(name))) {
      const error = await failureOf(loading(loader, `${kind}.safetensors`))
      expect([error.node_type, error.exception_type]).toEqual([loader, 'ValueError'])
      expect(error.exception_message).toMatch(new RegExp(`^${kind}\\.safetensors (holds|is) no `))
      expect(error.exception_message).toContain(words)
    }
  })

  it('that is none of ours is told with what would work, by its family where that is known', async () => {
    const nothing = await failureOf(loading('CheckpointLoaderSimple', 'nothing.safetensors'))
    expect(nothing.exception_message).toMatch(/^nothing\.safetensors holds no diffusion model.*Supported are/)
    const flux = await failureOf(loading('UNETLoader', 'flux.safetensors'))
    expect(flux.exception_message).toMatch(/^flux\.safetensors is a Flux model, which is not supported yet/)
  })
})

describe('a checkpoint that lacks a part', () => {
  it.each([
    [
      'no-text',
      'CLIPTextEncode',
      'no-text.safetensors has no text encoder (CLIP). Load one with CLIPLoader and connect that.',
    ],
    ['no-vae', 'VAEDecode', 'no-vae.safetensors has no VAE. Load one with VAELoader and connect that.'],
  ])('(%s) fails at the node that needs it', async (name, node, words) => {
    const error = await failureOf(graph({ '4': { ckpt_name: `${name}.safetensors` } }))
    expect([error.node_type, error.exception_message]).toEqual([node, words])
  })

  it('runs with the part from a file of its own', async () => {
    const nodes = inFrontOf('8', 'vae', { class_type: 'VAELoader', inputs: { vae_name: 'vae.safetensors' } })
    nodes['4']!.inputs.ckpt_name = 'no-vae.safetensors'
    expect((await engine.run(nodes)).entry.status.status_str).toBe('success')
  })
})

describe('parts of different families', () => {
  const lora = (name: string) =>
    inFrontOf('3', 'model', {
      class_type: 'LoraLoaderModelOnly',
      inputs: { model: ['4', 0], lora_name: `${name}.safetensors`, strength_model: 1 },
    })
  const control = (name: string): Graph => ({
    ...graph({ '3': { positive: ['21', 0], negative: ['21', 1] } }),
    '19': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } },
    '20': { class_type: 'ControlNetLoader', inputs: { control_net_name: `${name}.safetensors` } },
    '21': {
      class_type: 'ControlNetApplyAdvanced',
      inputs: {
        positive: ['6', 0],
        negative: ['7', 0],
        control_net: ['20', 0],
        image: ['19', 0],
        strength: 1,
        start_percent: 0,
        end_percent: 1,
      },
    },
  })
  it.each<[what: string, make: () => Graph, node: string, words: RegExp]>([
    [
      'a LoRA of other shapes',
      () => lora('lora-other-shapes'),
      'LoraLoaderModelOnly',
      /^lora-other-shapes\.safetensors was made for a model of another family: its .* maps 1024 to 32 values/,
    ],
    [
      'a LoRA for other places',
      () => lora('lora-other-places'),
      'LoraLoaderModelOnly',
      /^lora-other-places\.safetensors has nothing for this model: it was made for a model of another family/,
    ],
    [
      'a ControlNet that reads another text',
      () => control('control-xl'),
      'KSampler',
      /^control-xl\.safetensors belongs to a model of another family than/,
    ],
    [
      'a ControlNet of another width',
      () => control('control-wide'),
      'KSampler',
      /^control-wide\.safetensors belongs to a model of another family than good\.safetensors$/,
    ],
    [
      "SD 1's text in SDXL",
      () =>
        inFrontOf('3', 'model', {
          class_type: 'UNETLoader',
          inputs: { unet_name: 'unet-xl.safetensors', weight_dtype: 'default' },
        }),
      'KSampler',
      /^The model wants a text encoded by its own text encoders \(SDXL\)/,
    ],
    [
      'text of another width',
      () => {
        const nodes = inFrontOf('6', 'clip', {
          class_type: 'CLIPLoader',
          inputs: { clip_name: 'clip-h.safetensors', type: 'stable_diffusion' },
        })
        nodes['7']!.inputs.clip = ['20', 0]
        return nodes
      },
      'KSampler',
      /has a width of 1024, and good\.safetensors takes 768: encode the text with the text encoder that belongs to the model$/,
    ],
    [
      'a latent of 16 channels in a network for 4',
      () => inFrontOf('3', 'latent_image', { class_type: 'LoadLatent', inputs: { latent: 'sixteen.latent' } }),
      'KSampler',
      /^good\.safetensors samples latents and takes 4 channels, and 16 were given: take the VAE that belongs to the model$/,
    ],
    [
      'a latent of 4 channels in a VAE for 16',
      () => inFrontOf('8', 'vae', { class_type: 'VAELoader', inputs: { vae_name: 'vae-16.safetensors' } }),
      'VAEDecode',
      /^vae-16\.safetensors decodes latents of 16 channels, not 4$/,
    ],
  ])('(%s) are told by name', async (_what, make, node, words) => {
    await mkdir(engine.input, { recursive: true })
    const path = join(engine.input, 'sixteen.latent')
    const values = { name: 'latent_tensor', shape: [1, 16, 8, 8], data: new Float32Array(1024) }
    await rm(path, { force: true })
    await writeSafetensors(path, [values, { name: 'latent_format_version_0', shape: [0], data: new Float32Array(0) }])
    const error = await failureOf(make())
    expect([error.node_type, error.exception_type]).toEqual([node, 'ValueError'])
    expect(error.exception_message).toMatch(words)
  })
})

describe('a setting that makes no sense', () => {
  it.each<[node: string, input: string, value: unknown, type: string]>([
    ['3', 'steps', 0, 'value_smaller_than_min'],
    ['3', 'steps', -1, 'value_smaller_than_min'],
    ['3', 'steps', 1e9, 'value_bigger_than_max'],
    ['3', 'steps', 'many', 'invalid_input_type'],
    ['3', 'denoise', -0.1, 'value_smaller_than_min'],
    ['3', 'denoise', 2, 'value_bigger_than_max'],
    ['3', 'cfg', 'NaN', 'invalid_input_type'],
    ['3', 'cfg', 'inf', 'invalid_input_type'],
    ['3', 'cfg', null, 'invalid_input_type'],
    ['3', 'sampler_name', 'magic', 'value_not_in_list'],
    ['3', 'scheduler', 'magic', 'value_not_in_list'],
    ['3', 'seed', -1, 'value_smaller_than_min'],
    ['3', 'model', ['4', 2], 'return_type_mismatch'],
    ['4', 'ckpt_name', '../../../etc/passwd', 'value_not_in_list'],
    ['5', 'batch_size', 0, 'value_smaller_than_min'],
    ['5', 'batch_size', 4097, 'value_bigger_than_max'],
    ['5', 'width', 16_392, 'value_bigger_than_max'],
    ['5', 'height', 8, 'value_smaller_than_min'],
  ])('(node %s, %s: %j) is refused before the run as %s', async (node, input, value, type) => {
    const { status, body } = await engine.post('/prompt', { prompt: graph({ [node]: { [input]: value } }) })
    expect([status, body.error.type]).toEqual([400, 'prompt_outputs_failed_validation'])
    expect(Object.keys(body.node_errors)).toEqual([node])
    expect(body.node_errors[node].errors[0]).toMatchObject({ type, extra_info: { input_name: input } })
  })

  const sampled = (sigmas: Graph[string], more: Graph = {}): Graph => ({
    ...graph({ '8': { samples: ['30', 0] } }),
    ...more,
    '28': sigmas,
    '29': { class_type: 'KSamplerSelect', inputs: { sampler_name: 'euler' } },
    '30': {
      class_type: 'SamplerCustom',
      inputs: {
        model: ['4', 0],
        add_noise: true,
        noise_seed: 1,
        cfg: 8,
        positive: ['6', 0],
        negative: ['7', 0],
        sampler: ['29', 0],
        sigmas: ['28', 0],
        latent_image: ['5', 0],
      },
    },
  })
  it.each<[what: string, make: () => Graph, node: string, words: RegExp]>([
    [
      'pictures that fit in no memory',
      () => graph({ '5': { width: 16_384, height: 16_384, batch_size: 4096 } }),
      'EmptyLatentImage',
      /^A latent of 4096 × 4 × 2048 × 2048 does not fit in memory\. Use a smaller size or batch\.$/,
    ],
    [
      'levels that are no numbers',
      () => sampled({ class_type: 'ExponentialScheduler', inputs: { steps: 2, sigma_max: 14, sigma_min: 0 } }),
      'SamplerCustom',
      /^The noise levels \(sigmas\) are no finite numbers: .*sigma_min and rho must be above 0$/,
    ],
    [
      'a distribution without a shape',
      () => sampled({ class_type: 'BetaSamplingScheduler', inputs: { model: ['4', 0], steps: 2, alpha: 0, beta: 1 } }),
      'BetaSamplingScheduler',
      /^alpha and beta must be above 0$/,
    ],
    [
      'levels from nothing to nothing',
      () =>
        inFrontOf('3', 'model', {
          class_type: 'ModelSamplingContinuousEDM',
          inputs: { model: ['4', 0], sampling: 'edm', sigma_max: 0, sigma_min: 0 },
        }),
      'ModelSamplingContinuousEDM',
      /^sigma_min must be above 0 and below sigma_max; they are 0 and 0$/,
    ],
  ])('(%s) ends the run with the reason', async (_what, make, node, words) => {
    const error = await failureOf(make())
    expect([error.node_type, error.exception_type]).toEqual([node, 'ValueError'])
    expect(error.exception_message).toMatch(words)
  })

  const advanced = (startAt: number, endAt: number): Graph =>
    inFrontOf('8', 'samples', {
      class_type: 'KSamplerAdvanced',
      inputs: {
        add_noise: 'enable',
        noise_seed: 1,
        steps: 4,
        cfg: 8,
        sampler_name: 'euler',
        scheduler: 'normal',
        model: ['4', 0],
        positive: ['6', 0],
        negative: ['7', 0],
        latent_image: ['5', 0],
        start_at_step: startAt,
        end_at_step: endAt,
        return_with_leftover_noise: 'disable',
      },
    })
  const basic = { class_type: 'BasicScheduler', inputs: { model: ['4', 0], scheduler: 'normal', steps: 2, denoise: 1 } }
  it.each<[what: string, make: () => Graph, width: number, height: number]>([
    ['no denoising', () => graph({ '3': { denoise: 0 } }), 64, 64],
    ['a start behind the end', () => advanced(3, 2), 64, 64],
    [
      'a single noise level',
      () => sampled({ class_type: 'SplitSigmas', inputs: { sigmas: ['27', 0], step: 0 } }, { '27': basic }),
      64,
      64,
    ],
    ['sizes between the multiples of 8', () => graph({ '5': { width: 68, height: 100 } }), 64, 96],
    ['the least size there is', () => graph({ '5': { width: 16, height: 16 } }), 16, 16],
  ])('(%s) runs where ComfyUI runs it', async (_what, make, width, height) => {
    const { entry } = await engine.run(make())
    expect(entry.status.status_str).toBe('success')
    const [image] = entry.outputs['9'].images
    const picture = await sharp(join(engine.output, image.subfolder, image.filename)).metadata()
    expect([picture.width, picture.height]).toEqual([width, height])
  })
})

it('after all of this the default graph still runs', async () => {
  expect((await engine.run(graph({ '3': { seed: 8 } }))).entry.status.status_str).toBe('success')
})
