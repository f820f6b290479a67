import { expect, it } from 'vitest'
import { isOutOfMemory, whatToTry } from './what-to-try.ts'

const tried = (type: string, message: string) => whatToTry({ type, message, node_id: null, node_type: null })

it.each([
  ['RuntimeError', 'CUDA out of memory. Tried to allocate 2 GiB', /smaller picture/],
  ['OSError', 'The disk is full: the folder of this job could not be made.', /Free some space/],
  ['RunnerCrashed', 'The runner ended with signal SIGKILL', /started again/],
  ['FileNotFoundError', "No such file: 'cat.png'", /missing/],
  ['RuntimeError', 'Sizes of tensors must match: shape mismatch', /fit together/],
  ['ValueError', 'something else', /Retry if/],
])('a %s “%s” has a cure in words', (type, message, cure) => {
  expect(tried(type, message)).toMatch(cure)
})

it('knows an error that freed GPU memory may cure', () => {
  const error = (type: string, message: string) => ({ type, message, node_id: null, node_type: null })
  expect(isOutOfMemory(error('RuntimeError', 'CUDA out of memory'))).toBe(true)
  expect(isOutOfMemory(error('RuntimeError', 'shape mismatch'))).toBe(false)
})
