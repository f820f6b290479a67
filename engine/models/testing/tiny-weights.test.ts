import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readSafetensors } from '../safetensors/read-safetensors.ts'
import { tinyTensor, writeSparseSafetensors, writeTinySafetensors } from './tiny-weights.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tiny-'))
})
afterAll(() => rm(directory, { recursive: true }))

it('follows the same rule as scripts/reference/tiny_weights.py, bit for bit', () => {
  // Printed by that script.
  const matrix = tinyTensor('a.weight', [3, 5])
  expect([0, 1, 2, 14].map((place) => matrix[place])).toEqual([
    0.3272092640399933, 0.3670451045036316, -0.3240754008293152, -0.030566291883587837,
  ])
  const long = tinyTensor('é.bias', [70_000])
  expect([long[0], long[69_999]]).toEqual([-0.021695991978049278, -0.021434832364320755])
  expect([...tinyTensor('norm.weight', [4])]).toEqual([
    0.9034984111785889, 1.0286839008331299, 1.0953588485717773, 1.0340837240219116,
  ])
})

it('writes files that the reader accepts, sparse ones at full length', async () => {
  const shapes = new Map([
    ['a.weight', [3, 5]],
    ['scalar', []],
  ])
  const path = join(directory, 'tiny.safetensors')
  await writeTinySafetensors(path, shapes, { metadata: { made: 'here' } })
  const file = await readSafetensors(path)
  expect(file.metadata).toEqual({ made: 'here' })
  const { offset, bytes } = file.tensors.get('a.weight')!
  const stored = (await readFile(path)).subarray(offset, offset + bytes)
  expect(new Float32Array(Uint8Array.from(stored).buffer)).toEqual(tinyTensor('a.weight', [3, 5]))

  const sparse = join(directory, 'sparse.safetensors')
  await writeSparseSafetensors(sparse, new Map([['big', [1000, 1000, 500]]]), 'F16')
  expect((await readSafetensors(sparse)).tensors.get('big')!.bytes).toBe(1e9)
  expect((await stat(sparse)).blocks * 512).toBeLessThan(1e6)
})
