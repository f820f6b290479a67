/** @file The reader against good files, damaged ones, and files that want to harm. */
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSafetensors } from './read-safetensors.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'safetensors-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** A file with this text as its header and so many bytes of data. */
async function save(header: string | Buffer, dataBytes: number, name = 'weights.safetensors'): Promise<string> {
  const text = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  const path = join(directory, name)
  await writeFile(path, Buffer.concat([length, text, Buffer.alloc(dataBytes)]))
  return path
}

const tensor = (shape: unknown, from: unknown, to: unknown, dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: [from, to],
})

it('tells names, types, shapes and places of the tensors, and the metadata', async () => {
  const header = JSON.stringify({
    __metadata__: { format: 'pt' },
    b: tensor([2, 3], 4, 28),
    a: tensor([2], 0, 4, 'BF16'),
    scalar: tensor([], 28, 32),
    nothing: tensor([0, 8], 32, 32),
  })
  const file = await readSafetensors(await save(header, 32))
  const start = 8 + header.length
  expect(file.name).toBe('weights.safetensors')
  expect(file.metadata).toEqual({ format: 'pt' })
  expect([...file.tensors]).toEqual([
    ['b', { dtype: 'F32', shape: [2, 3], offset: start + 4, bytes: 24 }],
    ['a', { dtype: 'BF16', shape: [2], offset: start, bytes: 4 }],
    ['scalar', { dtype: 'F32', shape: [], offset: start + 28, bytes: 4 }],
    ['nothing', { dtype: 'F32', shape: [0, 8], offset: start + 32, bytes: 0 }],
  ])
})

it('accepts a header that is filled up with spaces', async () => {
  const file = await readSafetensors(await save(`${JSON.stringify({ a: tensor([1], 0, 4) })}     `, 4))
  expect(file.tensors.size).toBe(1)
})

it('follows a link to the file itself, and keeps the name that the user chose', async () => {
  const path = await save(JSON.stringify({ a: tensor([1], 0, 4) }), 4, 'stored')
  await symlink(path, join(directory, 'chosen.safetensors'))
  const file = await readSafetensors(join(directory, 'chosen.safetensors'))
  expect(file.path).toBe(path)
  expect(file.name).toBe('chosen.safetensors')
})

it('changes its identity when the file is rewritten', async () => {
  const before = await readSafetensors(await save(JSON.stringify({ a: tensor([1], 0, 4) }), 4))
  const after = await readSafetensors(await save(JSON.stringify({ ab: tensor([1], 0, 4) }), 4))
  expect(after.identity).not.toBe(before.identity)
})

it('keeps names that JavaScript objects know as plain names', async () => {
  const header =
    '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"constructor":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"__metadata__":{"__proto__":"x"}}'
  const file = await readSafetensors(await save(header, 8))
  expect([...file.tensors.keys()]).toEqual(['__proto__', 'constructor'])
  expect(({} as Record<string, unknown>).dtype).toBeUndefined()
})

describe('refuses', () => {
  it.each<[what: string, header: string | Buffer, dataBytes: number, says: RegExp]>([
    ['a header that is no JSON', '{"a":', 0, /is not JSON/],
    ['a header that is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 0, /is not UTF-8/],
    ['no tensors', '{}  ', 0, /holds no tensors/],
    ['a tensor that is not described', '{"a":7}', 0, /tensor "a" is not described/],
    ['an unknown type', JSON.stringify({ a: tensor([1], 0, 4, 'F4') }), 4, /has the type "F4"/],
    ['a type named after an object property', JSON.stringify({ a: tensor([1], 0, 4, 'toString') }), 4, /the type/],
    ['a negative size', JSON.stringify({ a: tensor([-1], 0, 4) }), 4, /no usable shape/],
    ['a broken size', JSON.stringify({ a: tensor([1.5], 0, 6) }), 6, /no usable shape/],
    ['a shape that is text', JSON.stringify({ a: tensor('12', 0, 4) }), 4, /no usable shape/],
    ['a product that overflows', JSON.stringify({ a: tensor([2 ** 31, 2 ** 31, 4], 0, 0) }), 0, /not what its shape/],
    ['sizes that overflow and come back to 0', JSON.stringify({ a: tensor([2 ** 52, 2 ** 52, 0], 0, 0) }), 0, /shape/],
    ['more dimensions than anything has', JSON.stringify({ a: tensor(Array(99).fill(1), 0, 4) }), 4, /no usable shape/],
    ['a length that is not that of the shape', JSON.stringify({ a: tensor([3], 0, 8) }), 8, /takes 8 bytes/],
    ['an end before its beginning', JSON.stringify({ a: tensor([1], 8, 4) }), 8, /takes -4 bytes/],
    ['a place beyond the file', JSON.stringify({ a: tensor([4], 0, 16) }), 12, /cut short.*4 bytes after.*again/],
    ['one offset', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4, /where it lies/],
    ['overlaps', JSON.stringify({ a: tensor([2], 0, 8), b: tensor([2], 4, 12) }), 12, /"b" overlaps/],
    ['two tensors in one place', JSON.stringify({ a: tensor([2], 0, 8), b: tensor([2], 0, 8) }), 8, /overlaps/],
    ['holes', JSON.stringify({ a: tensor([1], 0, 4), b: tensor([1], 8, 12) }), 12, /4 bytes before tensor "b"/],
    ['bytes at the end', JSON.stringify({ a: tensor([1], 0, 4) }), 40, /36 bytes at its end/],
    [
      'a name said twice',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      4,
      /says "a" twice/,
    ],
    ['a shape said twice', '{"a":{"dtype":"F32","shape":[2],"shape":[1],"data_offsets":[0,4]}}', 4, /"shape" twice/],
    ['metadata that is a list', JSON.stringify({ __metadata__: [1], a: tensor([1], 0, 4) }), 4, /metadata/],
  ])('%s', async (_what, header, dataBytes, says) => {
    const path = await save(header, dataBytes)
    await expect(readSafetensors(path)).rejects.toThrow(says)
    await expect(readSafetensors(path)).rejects.toThrow(/^weights\.safetensors/)
  })

  it('a header that claims more than the file has, or more than any header has', async () => {
    const path = await save(JSON.stringify({ a: tensor([1], 0, 4) }), 4)
    await truncate(path, 20)
    await expect(readSafetensors(path)).rejects.toThrow(/ends within its header; download it again/)
    const claims = Buffer.from([0, 0, 0, 0x70, 0, 0, 0, 0, 0x7b, 0x7d])
    await writeFile(path, claims)
    await expect(readSafetensors(path)).rejects.toThrow(/header claims 1879048192 bytes/)
  })

  it.each<[what: string, bytes: string, says: RegExp]>([
    ['a pickle under this name', 'PK\u0003\u0004archive/data.pkl', /PyTorch pickle.*may run any program/],
    ['a web page', '<!DOCTYPE html><html>', /web page/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0', /Git LFS pointer/],
    ['GGUF', 'GGUF\u0003\u0000', /GGUF/],
    ['an ncnn network', '7767517\n1 1\n', /is an ncnn model/],
    ['nothing', '', /is empty/],
  ])('%s', async (_what, bytes, says) => {
    const path = join(directory, 'other.safetensors')
    await writeFile(path, bytes, 'latin1')
    await expect(readSafetensors(path)).rejects.toThrow(says)
  })

  it('what is not there, and what is no file', async () => {
    await expect(readSafetensors(join(directory, 'none.safetensors'))).rejects.toThrow(
      'none.safetensors does not exist',
    )
    await expect(readSafetensors(directory)).rejects.toThrow(/is not a file/)
  })
})
