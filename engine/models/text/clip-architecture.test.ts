import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../create-store.ts'
import { readSafetensors } from '../safetensors/read-safetensors.ts'
import { type Shapes, writeSparseSafetensors } from '../testing/tiny-weights.ts'
import { emptyChunk } from './chunk-tokens.ts'
import { findTextEncoders } from './clip-architecture.ts'
import { ClipEncoder } from './clip-encoder.ts'
import { type ClipSize, clipShapes } from './testing/clip-shapes.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'clip-architecture-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function save(shapes: Shapes) {
  const path = join(directory, 'encoder.safetensors')
  await writeSparseSafetensors(path, shapes, 'F16')
  return readSafetensors(path)
}

const parameters = (shapes: Shapes) =>
  [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0)

const l: ClipSize = { kind: 'clip_l', layout: 'transformers', prefix: '', width: 768, layers: 12 }
const h: ClipSize = { kind: 'clip_h', layout: 'openclip', prefix: '', width: 1024, layers: 24 }
const g: ClipSize = { kind: 'clip_g', layout: 'openclip', prefix: '', width: 1280, layers: 32, projection: 1280 }

describe('encoders of full size, as files of zeros', () => {
  it.each<[what: string, size: ClipSize, tensors: number, parameters: number]>([
    ["SD 1's", { ...l, prefix: 'cond_stage_model.transformer.' }, 196, 123_060_480],
    [
      "SD 2's, as diffusers has it without its last layer",
      { ...h, layout: 'transformers', layers: 23 },
      372,
      340_387_840,
    ],
    ["SD 2's", { ...h, prefix: 'cond_stage_model.model.', projection: 1024 }, 293, 354_032_640],
    ["SDXL's second", { ...g, prefix: 'conditioner.embedders.1.model.' }, 389, 694_659_840],
    ["SDXL's second, in a file of its own", { ...g, layout: 'transformers' }, 517, 694_659_840],
  ])('%s has its tensors, is known, opens and runs', async (_what, size, tensors, count) => {
    const shapes = clipShapes(size)
    expect(shapes.size).toBe(tensors)
    expect(parameters(shapes)).toBe(count)
    const file = await save(shapes)
    const [architecture] = findTextEncoders(file)
    expect(architecture).toMatchObject({ kind: size.kind, heads: size.width / 64, layers: size.layers })
    const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 1, log: () => undefined })
    const encoder = ClipEncoder.of(store, file, architecture!)
    const tokens = emptyChunk(0).map(({ token }) => token)
    // All of the smallest one, the first layer of the others.
    const request = { layer: size.kind === 'clip_l' ? -1 : -size.layers, finalNorm: true, pooled: false }
    const { hidden } = await encoder.encode([tokens], request, new AbortController().signal)
    expect(hidden).toHaveLength(77 * size.width)
    await store.unloadAll()
  })
})

describe('knows', () => {
  const found = async (...sizes: ClipSize[]) =>
    findTextEncoders(await save(new Map(sizes.flatMap((size) => [...clipShapes({ ...size, layers: 2 })]))))

  it("both of SDXL's, in the order of the file", async () => {
    const encoders = await found(
      { ...l, prefix: 'conditioner.embedders.0.transformer.' },
      { ...g, prefix: 'conditioner.embedders.1.model.' },
    )
    expect(encoders).toMatchObject([
      { kind: 'clip_l', layout: 'transformers', root: 'text_model.', projection: null },
      { kind: 'clip_g', layout: 'openclip', root: '', projection: { tensor: 'text_projection', width: 1280 } },
    ])
  })

  it('the oldest checkpoints, whose names lack "text_model."', async () => {
    const prefix = 'cond_stage_model.transformer.'
    expect(await found({ ...l, prefix, root: '' })).toMatchObject([{ kind: 'clip_l', prefix, root: '' }])
  })

  it("the projection in transformers' layout", async () => {
    const [encoder] = await found({ ...g, layout: 'transformers' })
    expect(encoder!.projection).toEqual({ tensor: 'text_projection.weight', width: 1280 })
  })

  it.each<[ClipSize['kind'], Partial<ClipSize>]>([
    ['clip_h', { layout: 'openclip', prefix: 'cond_stage_model.model.' }],
    ['clip_g', { layout: 'openclip', prefix: 'conditioner.embedders.0.model.' }],
    ['clip_l', { prefix: 'conditioner.embedders.0.transformer.' }],
    ['clip_l', {}],
  ])('a small %s by its place', async (kind, size) => {
    expect(await found({ ...l, width: 64, ...size })).toMatchObject([{ kind, heads: 1 }])
  })

  it('no text encoder in other files', async () => {
    expect(findTextEncoders(await save(new Map([['encoder.embed_tokens.weight', [32128, 64]]])))).toEqual([])
  })
})

describe('refuses', () => {
  it.each<[what: string, key: string, shape: number[] | null, says: RegExp]>([
    ['a smaller vocabulary', 'embeddings.token_embedding.weight', [30522, 64], /has 30522 tokens/],
    ['other places', 'embeddings.position_embedding.weight', [248, 64], /248 places, CLIP has 49408 and 77/],
    ['no places', 'embeddings.position_embedding.weight', null, /incomplete: .*position_embedding/],
    ['no layers', 'encoder.layers.0.layer_norm1.weight', null, /has 0 layers/],
    ['no MLP', 'encoder.layers.0.mlp.fc1.weight', null, /incomplete: .*fc1/],
  ])('%s', async (_what, key, shape, says) => {
    const shapes = new Map(clipShapes({ ...l, width: 64, layers: 1 }))
    if (shape) shapes.set(`text_model.${key}`, shape)
    else shapes.delete(`text_model.${key}`)
    const file = await save(shapes)
    expect(() => findTextEncoders(file)).toThrow(says)
    expect(() => findTextEncoders(file)).toThrow(/^encoder\.safetensors/)
  })
})
