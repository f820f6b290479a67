import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinyTensor, writeTinySafetensors } from '../testing/tiny-weights.ts'
import { chooseFile, createPromptEmbeddings } from './find-embeddings.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embeddings-'))
})
afterAll(() => rm(directory, { recursive: true }))

const rows = (name: string, shape: [number, number]) => {
  const values = tinyTensor(name, shape)
  return Array.from({ length: shape[0] }, (_, row) => values.slice(row * shape[1], (row + 1) * shape[1]))
}

async function find(file: string, encoder: { key: string; width: number }, name = 'style') {
  const warnings: string[] = []
  const folders = {
    listModels: async (folder: string) => (folder === 'embeddings' ? [file] : []),
    findModel: async (_folder: string, found: string) => join(directory, found),
  }
  const embeddings = createPromptEmbeddings({ folders, ...encoder, warn: (message) => warnings.push(message) })
  const vectors = await embeddings.find(name).then((found) => found.map((vector) => Float32Array.from(vector)))
  return { vectors, warnings }
}

describe('reads', () => {
  it('the vectors of SD 1', async () => {
    await writeTinySafetensors(join(directory, 'style.safetensors'), new Map([['emb_params', [3, 768]]]))
    const { vectors, warnings } = await find('style.safetensors', { key: 'clip_l', width: 768 })
    expect(vectors).toEqual(rows('emb_params', [3, 768]))
    expect(warnings).toEqual([])
  })

  it('the vectors of SD 2, and a single vector without a dimension of its own', async () => {
    await writeTinySafetensors(join(directory, 'style.safetensors'), new Map([['<style>', [1024]]]))
    const { vectors } = await find('style.safetensors', { key: 'clip_h', width: 1024 })
    expect(vectors).toEqual([tinyTensor('<style>', [1024])])
  })

  it('for each encoder of SDXL its own', async () => {
    await writeTinySafetensors(
      join(directory, 'style.safetensors'),
      new Map([
        ['clip_g', [2, 1280]],
        ['clip_l', [2, 768]],
      ]),
    )
    expect((await find('style.safetensors', { key: 'clip_l', width: 768 })).vectors).toEqual(rows('clip_l', [2, 768]))
    expect((await find('style.safetensors', { key: 'clip_g', width: 1280 })).vectors).toEqual(rows('clip_g', [2, 1280]))
  })

  it.each(['F16', 'BF16', 'F64'] as const)('%s', async (dtype) => {
    await writeTinySafetensors(join(directory, 'style.safetensors'), new Map([['emb_params', [2, 8]]]), { dtype })
    const { vectors } = await find('style.safetensors', { key: 'clip_l', width: 8 })
    const expected = rows('emb_params', [2, 8])
    expect(vectors.map((vector) => Array.from(vector))).toEqual(
      expected.map((row) => Array.from(row, (value) => expect.closeTo(value, 2))),
    )
  })
})

it('leaves out vectors of another width, and says so', async () => {
  await writeTinySafetensors(join(directory, 'style.safetensors'), new Map([['emb_params', [3, 1024]]]))
  const { vectors, warnings } = await find('style.safetensors', { key: 'clip_l', width: 768 })
  expect(vectors).toEqual([])
  expect(warnings).toEqual([
    'embedding:style was ignored: style.safetensors has vectors of 1024 numbers, this text encoder (clip_l) takes 768',
  ])
})

it('leaves out what does not exist, and says so', async () => {
  const { vectors, warnings } = await find('other.safetensors', { key: 'clip_l', width: 768 })
  expect(vectors).toEqual([])
  expect(warnings).toEqual(['embedding:style does not exist in models/embeddings and was ignored'])
})

describe('refuses', () => {
  it('a pickle, with the reason', async () => {
    await writeFile(join(directory, 'style.pt'), Buffer.from('PK\u0003\u0004archive/data.pkl', 'latin1'))
    const found = find('style.pt', { key: 'clip_l', width: 768 })
    await expect(found).rejects.toThrow(/^style\.pt is a PyTorch pickle.*may run any program/)
  })

  it('a tensor that is no list of vectors', async () => {
    await writeTinySafetensors(join(directory, 'style.safetensors'), new Map([['conv.weight', [2, 3, 4]]]))
    const found = find('style.safetensors', { key: 'clip_l', width: 768 })
    await expect(found).rejects.toThrow(
      'style.safetensors is no embedding: its tensor "conv.weight" has the shape [2, 3, 4]',
    )
  })

  it('more vectors than a prompt has words', async () => {
    await writeTinySafetensors(join(directory, 'style.safetensors'), new Map([['emb_params', [5000, 8]]]))
    await expect(find('style.safetensors', { key: 'clip_l', width: 8 })).rejects.toThrow('has 5000 vectors')
  })

  it('whole numbers', async () => {
    const header = Buffer.from('{"emb_params":{"dtype":"U8","shape":[1,8],"data_offsets":[0,8]}}')
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    await writeFile(join(directory, 'style.safetensors'), Buffer.concat([length, header, Buffer.alloc(8)]))
    await expect(find('style.safetensors', { key: 'clip_l', width: 8 })).rejects.toThrow(
      'is of the type U8, not floats',
    )
  })
})

describe('the file that a name means', () => {
  const listed = ['a.pt', 'a.safetensors', 'b.bin', 'c/style.safetensors', 'd/e/style.pt', 'old.pt']
  it.each([
    ['a', 'a.safetensors'],
    ['a.pt', 'a.safetensors'],
    ['a.safetensors', 'a.safetensors'],
    ['b', 'b.bin'],
    ['old.pt', 'old.pt'],
    ['style', 'c/style.safetensors'],
    ['c/style', 'c/style.safetensors'],
    ['c\\style', 'c/style.safetensors'],
    ['e/style.pt', 'd/e/style.pt'],
    ['tyle', null],
    ['../a', null],
    ['', null],
  ])('%s', (name, file) => expect(chooseFile(name, listed)).toBe(file))
})
