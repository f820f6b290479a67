/** @file The conditioning nodes: which input is which, and what is left to its default. What they compute has its own tests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Conditioning, ConditioningEntry } from '../../models/text/conditioning.ts'
import { callNode } from '../testing/call-node.ts'
import { createTestBench, type TestBench } from '../testing/context.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await createTestBench()
})
afterAll(() => bench.remove())

const run = async (classType: string, inputs: Record<string, unknown>) =>
  (await callNode(classType, inputs, bench.context))[0] as ConditioningEntry[]

/** A text of one token, two numbers wide. */
const text = (...data: number[]): Conditioning => [
  { encoding: { data: Float32Array.from(data), tokens: 1, width: 2 }, pooled: Float32Array.from(data), options: {} },
]
const numbers = ([entry]: Conditioning) => [...entry!.encoding.data]

describe('ConditioningAverage', () => {
  const inputs = { conditioning_to: text(1, 2), conditioning_from: text(5, 10) }

  it('is the first text alone unless told otherwise', async () => {
    expect(numbers(await run('ConditioningAverage', inputs))).toEqual([1, 2])
  })

  it('has the first text’s share, of the pooled text too', async () => {
    const [entry] = await run('ConditioningAverage', { ...inputs, conditioning_to_strength: 0.25 })
    expect([...entry!.encoding.data]).toEqual([4, 8])
    expect([...entry!.pooled!]).toEqual([4, 8])
  })

  it('says why texts of different models have no average', async () => {
    const wide: Conditioning = [{ ...text(1)[0]!, encoding: { data: new Float32Array(3), tokens: 1, width: 3 } }]
    await expect(run('ConditioningAverage', { ...inputs, conditioning_from: wide })).rejects.toThrow(/the same CLIP/)
  })
})

it('ConditioningConcat puts the second text behind the first', async () => {
  const [entry] = await run('ConditioningConcat', { conditioning_to: text(1, 2), conditioning_from: text(5, 10) })
  expect(entry!.encoding).toEqual({ data: Float32Array.of(1, 2, 5, 10), tokens: 2, width: 2 })
})

it('ConditioningCombine has both texts count', async () => {
  const both = await run('ConditioningCombine', { conditioning_1: text(1, 2), conditioning_2: text(5, 10) })
  expect(both).toEqual([...text(1, 2), ...text(5, 10)])
})

it.each([
  [{}, 1],
  [{ strength: 0.3 }, 0.3],
])('ConditioningSetAreaStrength %j weighs the text', async (changes, strength) => {
  const [entry] = await run('ConditioningSetAreaStrength', { conditioning: text(1, 2), ...changes })
  expect(entry!.options).toEqual({ strength })
})

it('ConditioningZeroOut leaves nothing of the text nor of the pooled one', async () => {
  const [entry] = await run('ConditioningZeroOut', { conditioning: text(1, 2) })
  expect([...entry!.encoding.data, ...entry!.pooled!]).toEqual([0, 0, 0, 0])
})
