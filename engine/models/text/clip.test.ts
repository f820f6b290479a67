/** @file CLIP as nodes use it: which files make one, what changes it, what it says when something is wrong. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../create-store.ts'
import { readLora } from '../network/lora/read-lora.ts'
import type { Dtype } from '../safetensors/dtypes.ts'
import { readSafetensors } from '../safetensors/read-safetensors.ts'
import {
  type TinyFileOptions,
  tinyTensor,
  writeSparseSafetensors,
  writeTinySafetensors,
} from '../testing/tiny-weights.ts'
import { Clip, createClip } from './clip.ts'
import { ClipEncoder } from './clip-encoder.ts'
import { createTokenizerLoader } from './clip-tokenizer.ts'
import { type ClipSize, clipShapes } from './testing/clip-shapes.ts'

const l: ClipSize = { kind: 'clip_l', layout: 'transformers', prefix: '', width: 64, layers: 2 }
const g: ClipSize = { kind: 'clip_g', layout: 'openclip', prefix: '', width: 1280, layers: 1, projection: 32 }
const smallG: ClipSize = { ...g, width: 128, layers: 2, prefix: 'conditioner.embedders.0.model.' }

const events: string[] = []
const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 1, log: (_level, text) => events.push(text) })
const loadTokenizer = createTokenizerLoader()
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'clip-'))
})
afterAll(async () => {
  await store.unloadAll()
  await rm(directory, { recursive: true })
})

async function save(name: string, sizes: readonly ClipSize[], options: TinyFileOptions = {}) {
  const path = join(directory, `${name}.safetensors`)
  await writeTinySafetensors(path, new Map(sizes.flatMap((size) => [...clipShapes(size)])), options)
  return readSafetensors(path)
}

/** A file of zeros, for what depends on names and shapes alone. */
async function saveZeros(name: string, size: ClipSize) {
  const path = join(directory, `${name}.safetensors`)
  await writeSparseSafetensors(path, clipShapes(size))
  return readSafetensors(path)
}

async function open(name: string, size: ClipSize, options: TinyFileOptions = {}) {
  return createClip([await save(name, [size], options)], { store, loadTokenizer })
}

const noFolders = { listModels: async () => [], findModel: async () => null }

async function encode(clip: Clip, prompt: string) {
  const warnings: string[] = []
  const warn = (message: string) => warnings.push(message)
  const entry = await clip.encode(prompt, { signal: new AbortController().signal, folders: noFolders, warn })
  return { ...entry, data: entry.encoding.data, warnings }
}

function worstDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - b[index]!)), 0)
}

describe('the files decide what it is', () => {
  it.each<[family: string, sizes: ClipSize[]]>([
    ['sd1', [l]],
    ['sd2', [{ ...l, width: 1024, layers: 1 }]],
    ['sdxl', [l, g]],
    ['sdxl', [g, l]],
    ['sdxl-refiner', [g]],
  ])('%s, one encoder a file', async (family, sizes) => {
    const files = await Promise.all(sizes.map((size, index) => saveZeros(`part ${index}`, size)))
    const clip = createClip(files, { store, loadTokenizer })
    expect(clip.family).toBe(family)
    const kinds = clip.encoders.map(({ architecture }) => architecture.kind)
    expect(kinds).toEqual({ sd1: ['clip_l'], sd2: ['clip_h'], sdxl: ['clip_l', 'clip_g'] }[family] ?? ['clip_g'])
  })

  it('which must belong together', async () => {
    const files = [await save('one', [l]), await save('two', [l])]
    expect(() => createClip(files, { store, loadTokenizer })).toThrow(
      /^one\.safetensors and two\.safetensors hold clip_l and clip_l: a model has/,
    )
  })

  it('and hold a text encoder', async () => {
    const path = join(directory, 'other.safetensors')
    await writeTinySafetensors(path, new Map([['conv.weight', [1, 1]]]))
    const file = await readSafetensors(path)
    expect(() => createClip([file], { store, loadTokenizer })).toThrow(
      /^other\.safetensors holds no text encoder that this engine knows/,
    )
  })
})

describe('the same weights give the same encoding', () => {
  const narrow = { ...l, width: 32 }
  it.each<[Dtype, tolerance: number]>([
    ['F64', 1e-6],
    ['F16', 1e-2],
    ['BF16', 0.1],
    ['F8_E4M3', 1],
  ])('as %s', async (dtype, tolerance) => {
    const expected = await encode(await open('single', narrow), 'a (red:1.2) cat')
    const result = await encode(await open(dtype, narrow, { dtype }), 'a (red:1.2) cat')
    expect(worstDifference(result.data, expected.data)).toBeLessThan(tolerance)
  })

  it("with OpenCLIP's names and with transformers'", async () => {
    const expected = await encode(await open('fused', smallG), 'a photo of a cat')
    const transformers: ClipSize = { ...smallG, layout: 'transformers', prefix: '', width: 128 }
    const shapes = clipShapes(transformers)
    const values = new Map([...shapes].map(([name, shape]) => [name, openClipValues(name, shape)]))
    // A file of its own says nothing of its place, so the kind is given.
    const file = await save('split', [transformers], { values })
    const clip = createClip([file], { store, loadTokenizer })
    const [encoder] = clip.encoders
    const architecture = { ...encoder!.architecture, kind: 'clip_g' as const }
    const asG = new Clip({
      family: 'sdxl-refiner',
      encoders: [ClipEncoder.of(store, file, architecture)],
      loadTokenizer,
    })
    const result = await encode(asG, 'a photo of a cat')
    expect(worstDifference(result.data, expected.data)).toBeLessThan(1e-5)
    expect(worstDifference(result.pooled!, expected.pooled!)).toBeLessThan(1e-5)
  })
})

/** The values of {@link smallG}, under transformers' names. */
function openClipValues(name: string, shape: readonly number[]): Float32Array {
  const { prefix, width } = smallG
  if (name === 'text_projection.weight') {
    const [outputs, inputs] = shape as [number, number]
    const matrix = tinyTensor(`${prefix}text_projection`, [inputs, outputs])
    return Float32Array.from(
      { length: matrix.length },
      (_, at) => matrix[(at % inputs) * outputs + Math.floor(at / inputs)]!,
    )
  }
  const part = /^text_model\.encoder\.layers\.(\d)\.self_attn\.([qkv])_proj\.(weight|bias)$/.exec(name)
  if (part) {
    const fused = tinyTensor(`${prefix}transformer.resblocks.${part[1]}.attn.in_proj_${part[3]}`, [
      3 * width,
      ...shape.slice(1),
    ])
    const from = 'qkv'.indexOf(part[2]!) * (fused.length / 3)
    return fused.slice(from, from + fused.length / 3)
  }
  const renamed = name
    .replace('text_model.embeddings.token_embedding', 'token_embedding')
    .replace('text_model.embeddings.position_embedding.weight', 'positional_embedding')
    .replace('text_model.final_layer_norm', 'ln_final')
    .replace('text_model.encoder.layers', 'transformer.resblocks')
    .replace('self_attn', 'attn')
    .replace('layer_norm', 'ln_')
    .replace('fc1', 'c_fc')
    .replace('fc2', 'c_proj')
  return tinyTensor(prefix + renamed, shape)
}

describe('changes', () => {
  it('make another one, and leave it as it was', async () => {
    const clip = await open('immutable', l)
    const before = await encode(clip, 'a cat')
    const skipped = await encode(clip.withLayer(-2), 'a cat')
    expect(worstDifference(before.data, skipped.data)).toBeGreaterThan(0.1)
    expect((await encode(clip, 'a cat')).data).toEqual(before.data)
  })

  it.each([0, 1, -1.5, Number.NaN])('refuse %d as a layer', async (layer) => {
    const clip = await open('layer', l)
    expect(() => clip.withLayer(layer)).toThrow(RangeError)
  })

  it('of a LoRA open the network once, whatever the strength', async () => {
    const path = join(directory, 'lora.safetensors')
    const layer = 'lora_te_text_model_encoder_layers_0_mlp_fc1'
    await writeTinySafetensors(
      path,
      new Map([
        [`${layer}.lora_down.weight`, [2, l.width]],
        [`${layer}.lora_up.weight`, [4 * l.width, 2]],
      ]),
    )
    const lora = await readLora(path)
    const clip = await open('with lora', l)
    const before = await encode(clip, 'a cat')
    const strong = await encode(clip.withLora(lora, 1).clip, 'a cat')
    expect(worstDifference(before.data, strong.data)).toBeGreaterThan(1e-2)
    events.length = 0
    const none = await encode(clip.withLora(lora, 0).clip, 'a cat')
    expect(worstDifference(before.data, none.data)).toBeLessThan(1e-5)
    const there = await encode(clip.withLora(lora, 0.25).clip.withLora(lora, 0.75).clip, 'a cat')
    expect(worstDifference(strong.data, there.data)).toBeLessThan(1e-4)
    expect(events.map((event) => event.split(' ')[0])).toEqual(['opened'])
  })

  it('of a LoRA for other networks change nothing', async () => {
    const path = join(directory, 'unet-lora.safetensors')
    await writeTinySafetensors(path, new Map([['lora_unet_mid_block_attentions_0_proj_in.lora_down.weight', [2, 4]]]))
    const clip = await open('without lora', l)
    expect(clip.withLora(await readLora(path), 1)).toEqual({ clip, match: { matched: 0, unmatched: [] } })
  })

  it('of the text open nothing again', async () => {
    const clip = await open('reused', l)
    await encode(clip, 'a cat')
    events.length = 0
    await encode(clip, 'a (dog:1.3)')
    await encode(clip, 'word '.repeat(400))
    expect(events).toEqual([])
  })
})

it('reads no vocabulary before a text is encoded', async () => {
  let loads = 0
  const load = () => {
    loads += 1
    return loadTokenizer()
  }
  const clip = createClip([await save('lazy', [l])], { store, loadTokenizer: load })
  expect(loads).toBe(0)
  await encode(clip.withLayer(-2), 'a cat')
  expect(loads).toBe(1)
})

it('tells once of an embedding that neither encoder finds', async () => {
  const files = [await saveZeros('l', l), await saveZeros('g', g)]
  const clip = createClip(files, { store, loadTokenizer })
  expect((await encode(clip, 'embedding:none embedding:none')).warnings).toEqual([
    'embedding:none does not exist in models/embeddings and was ignored',
  ])
})

it('stops between the runs of a long text', async () => {
  const clip = await open('interrupted', l)
  const controller = new AbortController()
  const encoding = clip.encode('word '.repeat(1000), {
    signal: controller.signal,
    folders: noFolders,
    warn: () => undefined,
  })
  controller.abort(new Error('interrupted'))
  await expect(encoding).rejects.toThrow('interrupted')
})

describe('says what is wrong with the file', () => {
  it('when the last layer is wanted and is not there', async () => {
    const file = await saveZeros('short', { ...l, width: 1024, layers: 23 })
    const clip = createClip([file], { store, loadTokenizer })
    await expect(encode(clip.withLayer(-1), 'a')).rejects.toThrow(
      'short.safetensors has 23 of the 24 layers of its text encoder: set the CLIP layer to -2 or below',
    )
  })

  it('when a tensor is missing', async () => {
    const path = join(directory, 'incomplete.safetensors')
    const shapes = new Map(clipShapes(l))
    shapes.delete('text_model.encoder.layers.1.mlp.fc2.bias')
    await writeTinySafetensors(path, shapes)
    const clip = createClip([await readSafetensors(path)], { store, loadTokenizer })
    await expect(encode(clip, 'a')).rejects.toThrow(
      /^incomplete\.safetensors has no tensor "text_model\.encoder\.layers\.1\.mlp\.fc2\.bias"/,
    )
  })
})
