import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { identifyModelFile } from './identify-file.ts'
import { shippedModels } from './testing/photos.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identify-'))
})
afterAll(() => rm(directory, { recursive: true }))

it('knows the shipped models, whatever they are called', async () => {
  const at = (...path: string[]) => join(shippedModels, ...path)
  expect(await identifyModelFile(at('upscale_models', 'waifu2x-cunet-scale2x.param'), 'x')).toBe('ncnn')
  expect(await identifyModelFile(at('background_removal', 'selfie-segmentation.onnx'), 'x')).toBe('onnx')
})

it('knows safetensors by the length and the brace that it begins with', async () => {
  const path = join(directory, 'weights.ckpt')
  await writeFile(path, Buffer.concat([Buffer.from([64, 0, 0, 0, 0, 0, 0, 0]), latin1('{"a":{"dtype":"F32"}}')]))
  expect(await identifyModelFile(path, 'x')).toBe('safetensors')
})

const latin1 = (text: string) => Buffer.from(text, 'latin1')

it.each<[what: string, bytes: Buffer, says: RegExp]>([
  ['a PyTorch archive', latin1('PK\u0003\u0004archive/data.pkl'), /PyTorch pickle.*Take the model as \.safetensors/],
  ['a bare pickle', latin1('\u0080\u0002}q\u0000'), /Python pickle.*any program/],
  ['a Git LFS pointer', latin1('version https://git-lfs.github.com/spec/v1\noid sha256:0'), /Git LFS pointer/],
  ['a web page', latin1('<!DOCTYPE html><html>'), /web page/],
  ['GGUF', latin1('GGUF\u0003\u0000'), /GGUF/],
  ['ncnn weights alone', Buffer.from([0x47, 0x6b, 0x30, 0x01, 0, 0]), /choose the \.param file/],
  ['nothing', Buffer.alloc(0), /is empty/],
  ['something else', latin1('hello'), /no model file that this engine knows/],
])('refuses %s with the reason', async (_what, bytes, says) => {
  const path = join(directory, 'file')
  await writeFile(path, bytes)
  await expect(identifyModelFile(path, 'some.pth')).rejects.toThrow(says)
  await expect(identifyModelFile(path, 'some.pth')).rejects.toThrow(/^some\.pth/)
})
