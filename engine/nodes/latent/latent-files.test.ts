/** @file `.latent` files: what is written, and what is read of files that PyTorch wrote. */
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LatentValue } from '../../diffusion/latent-value.ts'
import { readSafetensors } from '../../models/safetensors/read-safetensors.ts'
import { createTestBench, type TestBench, uiOf, valuesOf } from '../testing/context.ts'
import { loadLatent, saveLatent } from './latent-files.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await createTestBench({
    prompt: { '3': { class_type: 'KSampler', inputs: {} } },
    extraPngInfo: { workflow: 'ü' },
  })
})
afterAll(() => bench.remove())

const place = (name: string, bytes: string | Buffer) => writeFile(join(bench.inputDirectory, name), bytes)
const load = async (latent: string) => valuesOf(await loadLatent.execute({ latent }, bench.context))[0] as LatentValue
async function save(samples: LatentValue): Promise<string> {
  const ui = uiOf(await saveLatent.execute({ samples, filename_prefix: 'latents/ComfyUI' }, bench.context))
  expect(ui.latents).toHaveLength(1)
  return bench.pathOf(ui.latents![0] as { subfolder: string; filename: string })
}
/** A safetensors file of these bytes of data. */
function safetensors(header: object, data: number): Buffer {
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Buffer.alloc(data)])
}

const samples: LatentValue = { data: Float32Array.from({ length: 48 }, (_, at) => at / 7), shape: [2, 4, 2, 3] }

describe('SaveLatent', () => {
  it('writes one counted file for the batch, with its format and the graph', async () => {
    const path = await save(samples)
    expect(path).toMatch(/latents\/ComfyUI_00001_\.latent$/)
    const file = await readSafetensors(path)
    expect(file.tensors.get('latent_tensor')).toMatchObject({ dtype: 'F32', shape: [2, 4, 2, 3] })
    expect(file.tensors.get('latent_format_version_0')).toMatchObject({ shape: [0], bytes: 0 })
    expect([...file.tensors.values()].every(({ offset }) => offset % 8 === 0)).toBe(true)
    expect({ ...file.metadata }).toEqual({
      prompt: '{"3":{"class_type":"KSampler","inputs":{}}}',
      workflow: '"\\u00fc"',
    })
    expect(await save(samples)).toMatch(/ComfyUI_00002_\.latent$/)
  })

  it('leaves the graph out where the engine was told so', async () => {
    const silent = { ...bench.context, metadata: false }
    const ui = uiOf(await saveLatent.execute({ samples, filename_prefix: 'silent' }, silent))
    const file = await readSafetensors(bench.pathOf(ui.latents![0] as { subfolder: string; filename: string }))
    expect({ ...file.metadata }).toEqual({})
  })
})

describe('LoadLatent', () => {
  it('gives back what was saved, bit for bit', async () => {
    await copyFile(await save(samples), join(bench.inputDirectory, 'again.latent'))
    expect(await load('again.latent')).toEqual(samples)
  })

  // Both files: safetensors.torch.save_file of 8 values from -0.5 on, 0.125 apart; the values expected of the old one:
  // tensor.float() * (1 / 0.18215) in PyTorch.
  it('reads a file of PyTorch', async () => {
    const file =
      'uAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJwcm9tcHQiOiJ7fSJ9LCJsYXRlbnRfZm9ybWF0X3ZlcnNpb25fMCI6eyJkdHlwZSI6IkYzMiIs' +
      'InNoYXBlIjpbMF0sImRhdGFfb2Zmc2V0cyI6WzAsMF19LCJsYXRlbnRfdGVuc29yIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxLDQsMSwy' +
      'XSwiZGF0YV9vZmZzZXRzIjpbMCwzMl19fSAgICAgAAAAvwAAwL4AAIC+AAAAvgAAAAAAAAA+AACAPgAAwD4='
    await place('torch.latent', Buffer.from(file, 'base64'))
    expect(await load('torch.latent')).toEqual({
      data: Float32Array.of(-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375),
      shape: [1, 4, 1, 2],
    })
  })

  it('brings a file of the old format, here in half precision, to scale', async () => {
    const file =
      'aAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJwcm9tcHQiOiJ7fSJ9LCJsYXRlbnRfdGVuc29yIjp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlsx' +
      'LDQsMSwyXSwiZGF0YV9vZmZzZXRzIjpbMCwxNl19fQC4ALYAtACwAAAAMAA0ADY='
    await place('old.latent', Buffer.from(file, 'base64'))
    expect([...(await load('old.latent')).data]).toEqual([
      -2.744990348815918, -2.0587427616119385, -1.372495174407959, -0.6862475872039795, 0, 0.6862475872039795,
      1.372495174407959, 2.0587427616119385,
    ])
  })

  it.each([
    ['an empty file', Buffer.alloc(0), /^bad\.latent is empty$/],
    ['a pickle', Buffer.from('PK\u0003\u0004archive', 'latin1'), /^bad\.latent is a PyTorch pickle/],
    [
      'another safetensors file',
      safetensors({ weight: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4),
      /^bad\.latent is no latent: it holds no tensor "latent_tensor"/,
    ],
    [
      'a latent of a video',
      safetensors({ latent_tensor: { dtype: 'F32', shape: [1, 4, 1, 1, 1], data_offsets: [0, 16] } }, 16),
      /^bad\.latent holds a latent of the shape \[1, 4, 1, 1, 1\]; needed is one of pictures/,
    ],
    [
      'whole numbers',
      safetensors({ latent_tensor: { dtype: 'I32', shape: [1, 4, 1, 1], data_offsets: [0, 16] } }, 16),
      /^bad\.latent: tensor "latent_tensor" is of the type I32/,
    ],
  ])('refuses %s by name', async (_what, bytes, words) => {
    await place('bad.latent', bytes)
    await expect(load('bad.latent')).rejects.toThrow(words)
  })

  it('is refused before the run when there is no such file, and runs again when the file changed', async () => {
    const check = (latent: unknown) => loadLatent.validate!.check({ latent }, bench.context, {})
    expect(await check('gone.latent')).toBe('Invalid latent file: gone.latent')
    await place('changing.latent', 'one')
    const before = await loadLatent.changeMark!({ latent: 'changing.latent' }, bench.context)
    await place('changing.latent', 'two')
    expect(await loadLatent.changeMark!({ latent: 'changing.latent' }, bench.context)).not.toBe(before)
  })
})
