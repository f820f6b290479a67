/**
 * @file Text encoders give what transformers' CLIP gives, from a prompt to the conditioning. How the expected values were
 * made stands in the file itself (`made_by`).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../create-store.ts'
import { readLora } from '../network/lora/read-lora.ts'
import { readSafetensors } from '../safetensors/read-safetensors.ts'
import { expectResult, readExpectations } from '../testing/expected-values.ts'
import { type Shapes, tinyTensor, writeTinySafetensors } from '../testing/tiny-weights.ts'
import { type Clip, createClip, type PromptTexts } from './clip.ts'
import type { ClipEncoder } from './clip-encoder.ts'
import { createTokenizerLoader } from './clip-tokenizer.ts'
import { endToken } from './clip-vocabulary.ts'
import { baseVector, refinerVector } from './size-conditioning.ts'
import { type ClipSize, clipShapes } from './testing/clip-shapes.ts'
import { tokenizePrompt } from './tokenize-prompt.ts'

const expected = await readExpectations(new URL('testdata/text-encoders.json', import.meta.url))

const sd1: ClipSize = {
  kind: 'clip_l',
  layout: 'transformers',
  prefix: 'cond_stage_model.transformer.',
  width: 128,
  layers: 3,
}
const sd2: ClipSize = {
  kind: 'clip_h',
  layout: 'openclip',
  prefix: 'cond_stage_model.model.',
  width: 64,
  layers: 4,
  projection: 64,
}
const sdxlL: ClipSize = { ...sd1, prefix: 'conditioner.embedders.0.transformer.' }
const sdxlG: ClipSize = {
  kind: 'clip_g',
  layout: 'openclip',
  prefix: 'conditioner.embedders.1.model.',
  width: 192,
  layers: 4,
  projection: 160,
}
const refiner: ClipSize = { ...sdxlG, prefix: 'conditioner.embedders.0.model.' }

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 1, log: () => undefined })
const loadTokenizer = createTokenizerLoader()
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'text-encoders-'))
  const embeddings: Shapes = new Map([['emb_params', [2, 128]]])
  await writeTinySafetensors(join(directory, 'style.safetensors'), embeddings)
  const both: Shapes = new Map([
    ['clip_l', [3, 128]],
    ['clip_g', [3, 192]],
  ])
  await writeTinySafetensors(join(directory, 'both.safetensors'), both)
})
afterAll(async () => {
  await store.unloadAll()
  await rm(directory, { recursive: true })
})

const folders = {
  listModels: async () => ['both.safetensors', 'style.safetensors'],
  findModel: async (_folder: string, name: string) => join(directory, name),
}

async function open(...sizes: ClipSize[]): Promise<Clip> {
  return openShapes(new Map(sizes.flatMap((size) => [...clipShapes(size)])))
}

async function openShapes(shapes: Shapes, values?: ReadonlyMap<string, Float32Array>): Promise<Clip> {
  const path = join(directory, 'checkpoint.safetensors')
  await writeTinySafetensors(path, shapes, { ...(values && { values }) })
  return createClip([await readSafetensors(path)], { store, loadTokenizer })
}

async function encode(clip: Clip, prompt: string | PromptTexts) {
  const warnings: string[] = []
  const warn = (message: string) => warnings.push(message)
  const { encoding, pooled } = await clip.encode(prompt, { signal: new AbortController().signal, folders, warn })
  expect(warnings).toEqual([])
  return { data: encoding.data, shape: [1, encoding.tokens, encoding.width], pooled }
}

/** @param modules - names of the file's layers, with the sizes of what goes in and comes out */
async function openLora(modules: Record<string, [inputs: number, outputs: number]>) {
  const shapes = new Map<string, number[]>()
  const alphas = new Map<string, Float32Array>()
  for (const [module, [inputs, outputs]] of Object.entries(modules)) {
    shapes.set(`${module}.lora_down.weight`, [4, inputs])
    shapes.set(`${module}.lora_up.weight`, [outputs, 4])
    shapes.set(`${module}.alpha`, [])
    alphas.set(`${module}.alpha`, Float32Array.of(2))
  }
  return saveLora(shapes, alphas)
}

async function saveLora(shapes: Shapes, values: ReadonlyMap<string, Float32Array> = new Map()) {
  const path = join(directory, 'lora.safetensors')
  await writeTinySafetensors(path, shapes, { values })
  return readLora(path)
}

function expectValues(name: string, data: Float32Array, shape: readonly number[] = [data.length]) {
  expectResult({ data, shape }, expected[name]!)
}

describe('SD 1', () => {
  let clip: Clip
  beforeAll(async () => {
    clip = await open({ ...sd1, projection: 96 })
  })

  it.each([1, 2, 3])('gives the hidden states of layer %i, with and without the final norm', async (depth) => {
    const [encoder] = clip.encoders as [ClipEncoder]
    const embeddings = { find: async () => [] }
    const options = { tokenizer: await loadTokenizer(), embeddings, padToken: endToken }
    const chunks = await tokenizePrompt('a photo of a cat', options)
    const sequences = chunks.map((chunk) => chunk.map(({ token }) => token))
    const { signal } = new AbortController()
    for (const finalNorm of [false, true]) {
      const request = { layer: depth - 4, finalNorm, pooled: false }
      const { hidden, pooled } = await encoder.encode(sequences, request, signal)
      expectValues(`clip_l depth ${depth}${finalNorm ? ' normed' : ''}`, hidden, [1, 77, 128])
      expect(pooled).toBeNull()
    }
    const { pooled } = await encoder.encode(sequences, { layer: 'last', finalNorm: true, pooled: true }, signal)
    expectValues('clip_l pooled', pooled!)
  })

  it.each([
    ['sd1', 'a photo of a cat'],
    ['sd1 empty', ''],
    ['sd1 weights', 'a (red:1.5) cat, ((sharp)) (blurry:0) (dull:-0.5)'],
    [
      'sd1 three chunks',
      `${"naïve 絵画 and the hero's 3 swords; ".repeat(9)}(lace and volumetric light:1.3) (${'castle '.repeat(74)}:0.7)(${'castle '.repeat(7)}:1.2)`,
    ],
    ['sd1 embedding', 'a cat in the style of (embedding:style:1.2), detailed'],
  ])('encodes a prompt: %s', async (name, prompt) => {
    const { data, shape } = await encode(clip, prompt)
    expectValues(name, data, shape)
  })

  it('skips layers, and takes the last one when there are fewer', async () => {
    const skipped = await encode(clip.withLayer(-2), 'a photo of a cat')
    expectValues('sd1 clip skip 2', skipped.data, skipped.shape)
    expectValues('sd1', (await encode(clip.withLayer(-24), 'a photo of a cat')).data, [1, 77, 128])
    expectValues('sd1', (await encode(clip.withLayer(-1), 'a photo of a cat')).data, [1, 77, 128])
    expectValues('sd1', (await encode(clip, 'a photo of a cat')).data, [1, 77, 128])
  })
})

it('SD 1 with a LoRA gives what the merged weights give', async () => {
  const clip = await open(sd1)
  const lora = await openLora({
    lora_te_text_model_encoder_layers_0_self_attn_v_proj: [128, 128],
    lora_te_text_model_encoder_layers_1_mlp_fc1: [128, 512],
  })
  const { data, shape } = await encode(clip.withLora(lora, 0.5).clip, 'a photo of a cat')
  expectValues('sd1 lora', data, shape)
})

it('SD 2 gives the layer before the last with the final norm', async () => {
  const { data, shape, pooled } = await encode(await open(sd2), 'a photo of a cat, (red:1.4)')
  expectValues('sd2', data, shape)
  expect(pooled).toBeNull()
})

describe('SDXL', () => {
  let clip: Clip
  beforeAll(async () => {
    clip = await open({ ...sdxlL, projection: 128 }, sdxlG)
  })

  it.each<[name: string, prompt: string | PromptTexts]>([
    ['sdxl', 'a photo of a (red:1.4) cat'],
    ['sdxl two texts', { clip_l: 'castle '.repeat(80), clip_g: 'a cat' }],
    ['sdxl embedding', 'a embedding:both cat'],
  ])('gives both encoders side by side and the pooled vector of the second: %s', async (name, prompt) => {
    const { data, shape, pooled } = await encode(clip, prompt)
    expectValues(name, data, shape)
    expectValues(`${name} pooled`, pooled!)
  })

  it('with a LoRA gives what the merged weights of both give, also where the file has query, key and value in one', async () => {
    const lora = await openLora({
      lora_te1_text_model_encoder_layers_0_self_attn_v_proj: [128, 128],
      lora_te1_text_model_encoder_layers_1_mlp_fc1: [128, 512],
      lora_te2_text_model_encoder_layers_0_self_attn_v_proj: [192, 192],
      lora_te2_text_model_encoder_layers_1_mlp_fc1: [192, 768],
      lora_te2_text_model_encoder_layers_3_self_attn_out_proj: [192, 192],
    })
    const { data, shape, pooled } = await encode(clip.withLora(lora, -0.7).clip, 'a photo of a (red:1.4) cat')
    expectValues('sdxl lora', data, shape)
    expectValues('sdxl lora pooled', pooled!)
  })

  it('skips layers of both', async () => {
    const { data, shape } = await encode(clip.withLayer(-3), 'a photo of a (red:1.4) cat')
    expectValues('sdxl clip skip 3', data, shape)
  })
})

it("SDXL's refiner has the second encoder alone", async () => {
  const { data, shape, pooled } = await encode(await open(refiner), 'a photo of a cat')
  expectValues('refiner', data, shape)
  expectValues('refiner pooled', pooled!)
})

describe('LoRAs of text encoders', () => {
  const fc1 = 'text_model_encoder_layers_1_mlp_fc1'
  const encodePooled = async (clip: Clip) => (await encode(clip, 'a photo of a cat')).pooled!

  it('of the refiner call its only encoder the first', async () => {
    const clip = await open(refiner)
    const changed = clip.withLora(await openLora({ [`lora_te_${fc1}`]: [192, 768] }), 1)
    expect(changed.match).toEqual({ matched: 1, unmatched: [] })
    expect(await encodePooled(changed.clip)).not.toEqual(await encodePooled(clip))
  })

  it.each(['lora_down.weight', 'diff'])(
    "change the projection by %s alike: a Linear's or a bare matrix",
    async (kind) => {
      const linear = clipShapes({ ...refiner, layout: 'transformers' })
      const name = `${refiner.prefix}text_projection`
      const bare = new Map(
        [...linear].map(([key, shape]) => (key === `${name}.weight` ? [name, [192, 160]] : [key, shape])),
      )
      const weight = tinyTensor(name, [160, 192])
      const turned = Float32Array.from(
        { length: weight.length },
        (_, at) => weight[(at % 160) * 192 + Math.floor(at / 160)]!,
      )
      const lora = await (kind === 'diff'
        ? saveLora(new Map([['lora_te_text_projection.diff', [160, 192]]]))
        : openLora({ lora_te_text_projection: [192, 160] }))
      const [plain, first, second] = [
        await encodePooled(await openShapes(linear, new Map([[`${name}.weight`, weight]]))),
        await encodePooled((await openShapes(linear, new Map([[`${name}.weight`, weight]]))).withLora(lora, 1).clip),
        await encodePooled((await openShapes(bare, new Map([[name, turned]]))).withLora(lora, 1).clip),
      ]
      expect(Math.max(...first.map((value, at) => Math.abs(value - second[at]!)))).toBeLessThan(1e-5)
      expect(Math.max(...first.map((value, at) => Math.abs(value - plain[at]!)))).toBeGreaterThan(0.1)
    },
  )

  it('tell what found no place, and are refused when they were made for other shapes', async () => {
    const clip = await open(sd1)
    const lora = await openLora({
      [`lora_te_${fc1}`]: [128, 512],
      lora_te_text_model_encoder_layers_7_mlp_fc1: [128, 512],
      [`lora_te2_${fc1}`]: [192, 768],
    })
    expect(clip.withLora(lora, 1).match).toEqual({
      matched: 1,
      unmatched: ['lora_te_text_model_encoder_layers_7_mlp_fc1.lora_down.weight', `lora_te2_${fc1}.lora_down.weight`],
    })
    const other = await openLora({ [`lora_te_${fc1}`]: [192, 768] })
    expect(() => clip.withLora(other, 1)).toThrow('was made for a model of another family')
  })
})

describe('what SDXL is told of sizes', () => {
  const pooled = tinyTensor('pooled', [1280])
  const size = { height: 768, width: 1344, cropHeight: 8, cropWidth: 16, targetHeight: 1152, targetWidth: 2016 }
  const sampled = { width: 512, height: 512 }

  it('the base: size, crop, target', () => {
    expectValues('vector of the base', baseVector(pooled, size, sampled))
  })

  it('the refiner: size, crop, aesthetic score', () => {
    expectValues('vector of the refiner', refinerVector(pooled, size, 2.5, sampled))
  })

  it('what follows from the picture when nothing is said', () => {
    const all = { height: 512, width: 640, cropHeight: 0, cropWidth: 0, targetHeight: 512, targetWidth: 640 }
    expect(baseVector(pooled, {}, { width: 640, height: 512 })).toEqual(baseVector(pooled, all, sampled))
    expect(baseVector(pooled, { width: 640, height: 512 }, sampled)).toEqual(baseVector(pooled, all, sampled))
  })
})
