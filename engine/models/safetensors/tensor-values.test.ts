import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tinyTensor, writeTinySafetensors } from '../testing/tiny-weights.ts'
import type { Dtype } from './dtypes.ts'
import { readSafetensors } from './read-safetensors.ts'
import { readTensorValues } from './tensor-values.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tensor-values-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function save(dtype: Dtype) {
  const path = join(directory, 'values.safetensors')
  const shapes = new Map([
    ['first', [3]],
    ['second', [2, 4]],
  ])
  await writeTinySafetensors(path, shapes, { dtype })
  return readSafetensors(path)
}

it.each<[Dtype, digits: number]>([
  ['F64', 7],
  ['F32', 7],
  ['F16', 3],
  ['BF16', 2],
])('reads %s as single precision', async (dtype, digits) => {
  const values = await readTensorValues(await save(dtype), 'second')
  expect([...values]).toEqual([...tinyTensor('second', [2, 4])].map((value) => expect.closeTo(value, digits)))
})

it('names the file and the tensor that is not there, or that it cannot read', async () => {
  await expect(readTensorValues(await save('F32'), 'third')).rejects.toThrow('values.safetensors has no tensor "third"')
  await expect(readTensorValues(await save('F8_E4M3'), 'first')).rejects.toThrow('is of the type F8_E4M3, not floats')
})

it('notices a file that became shorter', async () => {
  const file = await save('F32')
  await truncate(file.path, file.size - 8)
  await expect(readTensorValues(file, 'second')).rejects.toThrow(
    'values.safetensors changed while it was read; run again',
  )
})
