import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageTensor, MaskTensor } from '../../tensor.ts'
import { builtinNodes } from '../index.ts'
import { createTestBench, type TestBench, valuesOf } from '../testing/context.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await createTestBench()
})
afterAll(() => bench.remove())

const run = async (classType: string, inputs: Record<string, unknown>) => {
  const node = builtinNodes.find((one) => one.classType === classType)!
  return valuesOf(await node.execute(inputs, bench.context))[0] as MaskTensor
}
const mask = (height: number, width: number, ...values: number[]): MaskTensor => ({
  data: Float32Array.from(values),
  shape: [values.length / (height * width), height, width],
})
const values = (result: MaskTensor) => [...result.data].map((value) => Math.round(value * 1000) / 1000)

it('SolidMask is one value everywhere', async () => {
  const solid = await run('SolidMask', { value: 0.5, width: 3, height: 2 })
  expect(solid.shape).toEqual([1, 2, 3])
  expect(values(solid)).toEqual(Array(6).fill(0.5))
})

it('InvertMask is 1 − mask', async () => {
  expect(values(await run('InvertMask', { mask: mask(1, 3, 0, 0.25, 1) }))).toEqual([1, 0.75, 0])
})

describe('GrowMask', () => {
  const dot = () => mask(3, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0)

  it('grows to a cross with tapered corners and to a square without', async () => {
    expect(values(await run('GrowMask', { mask: dot(), expand: 1, tapered_corners: true }))).toEqual([
      0, 1, 0, 1, 1, 1, 0, 1, 0,
    ])
    expect(values(await run('GrowMask', { mask: dot(), expand: 1, tapered_corners: false }))).toEqual(Array(9).fill(1))
  })

  it('shrinks for negative numbers and keeps the mask for 0', async () => {
    expect(values(await run('GrowMask', { mask: dot(), expand: -1, tapered_corners: true }))).toEqual(Array(9).fill(0))
    expect(values(await run('GrowMask', { mask: dot(), expand: 0, tapered_corners: true }))).toEqual(values(dot()))
  })
})

it('FeatherMask fades in steps from each side, at most over the whole mask', async () => {
  const full = mask(1, 4, 1, 1, 1, 1)
  const feather = (left: number, right: number) => run('FeatherMask', { mask: full, left, top: 0, right, bottom: 0 })
  expect(values(await feather(2, 0))).toEqual([0.5, 1, 1, 1])
  expect(values(await feather(0, 4))).toEqual([1, 0.75, 0.5, 0.25])
  expect(values(await feather(99, 0))).toEqual([0.25, 0.5, 0.75, 1])
})

it('ThresholdMask is 1 above the value, not at it', async () => {
  expect(values(await run('ThresholdMask', { mask: mask(1, 3, 0.1, 0.2, 0.3), value: 0.2 }))).toEqual([0, 0, 1])
})

describe('MaskComposite', () => {
  const combine = async (operation: string) =>
    values(
      await run('MaskComposite', {
        destination: mask(1, 4, 0.25, 0.75, 0.75, 0.5),
        source: mask(1, 3, 0.75, 0.75, 0.5),
        x: 1,
        y: 0,
        operation,
      }),
    )

  it('combines where the masks overlap, clamped, and keeps the rest', async () => {
    expect(await combine('multiply')).toEqual([0.25, 0.563, 0.563, 0.25])
    expect(await combine('add')).toEqual([0.25, 1, 1, 1])
    expect(await combine('subtract')).toEqual([0.25, 0, 0, 0])
  })

  it('takes rounded values for the logical operations, 0.5 being off', async () => {
    expect(await combine('and')).toEqual([0.25, 1, 1, 0])
    expect(await combine('or')).toEqual([0.25, 1, 1, 0])
    expect(await combine('xor')).toEqual([0.25, 0, 0, 0])
  })

  it('changes nothing when the source lies outside', async () => {
    const outside = { destination: mask(1, 2, 0.5, 1), source: mask(1, 2, 0, 0), x: 9, y: 9, operation: 'multiply' }
    expect(values(await run('MaskComposite', outside))).toEqual([0.5, 1])
  })

  it('refuses batches that fit neither one to one nor one to all', async () => {
    const misfit = { destination: mask(1, 1, 1, 1, 1), source: mask(1, 1, 1, 1), x: 0, y: 0, operation: 'add' }
    await expect(run('MaskComposite', misfit)).rejects.toThrow('use one or as many')
  })
})

it('CropMask cuts what lies inside and refuses a place outside', async () => {
  const source = mask(2, 3, 1, 2, 3, 4, 5, 6)
  const cropped = await run('CropMask', { mask: source, x: 1, y: 1, width: 9, height: 9 })
  expect(cropped.shape).toEqual([1, 1, 2])
  expect(values(cropped)).toEqual([5, 6])
  await expect(run('CropMask', { mask: source, x: 3, y: 0, width: 1, height: 1 })).rejects.toThrow('outside the mask')
})

it('a mask becomes a grey image, and a channel of an image a mask', async () => {
  const image = (await run('MaskToImage', { mask: mask(1, 2, 0.25, 1) })) as unknown as ImageTensor
  expect(image.shape).toEqual([1, 1, 2, 3])
  expect([...image.data]).toEqual([0.25, 0.25, 0.25, 1, 1, 1])
  expect(values(await run('ImageToMask', { image, channel: 'blue' }))).toEqual([0.25, 1])
  await expect(run('ImageToMask', { image, channel: 'alpha' })).rejects.toThrow('no alpha channel')
})
