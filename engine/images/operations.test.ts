import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { toBytes } from './bytes.ts'
import { dilate } from './dilate.ts'
import { gaussianBlur } from './gaussian-blur.ts'
import { resizeLanczos } from './lanczos.ts'
import { type FixedKernel, resample } from './resample.ts'
import { roundHalfEven } from './round-half-even.ts'
import { finishSteps } from './steps.ts'
import { pattern } from './testdata/pattern.ts'

type Triple = [number, number, number]
interface Case {
  name: string
  values: number[]
  method: string
  shape: Triple
  size: [number, number]
  radius: number
  sigma: number
  steps: number
  square: boolean
  inputs: number[]
}

// How the values were made: scripts/reference/image-operations.py (PyTorch, Pillow, NumPy).
const { cases } = JSON.parse(readFileSync(new URL('./testdata/image-operations.json', import.meta.url), 'utf8')) as {
  cases: Case[]
}
const named = (name: string) => cases.filter((one) => one.name === name)
const volume = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

function expectClose(actual: Float32Array | Uint8Array, expected: number[], tolerance: number) {
  expect(actual.length).toBe(expected.length)
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0)
  expect(worst).toBeLessThanOrEqual(tolerance)
}

describe('resizing gives what PyTorch interpolates', () => {
  for (const method of ['nearest-exact', 'bilinear', 'area', 'bicubic']) {
    it.each(named(`resize ${method}`))(`${method} from $shape to $size`, ({ shape, size, values }) => {
      expectClose(resample(pattern(volume(shape)), shape, ...size, method as FixedKernel), values, 2e-6)
    })
  }

  it('gives a copy, not the source, when the size stays', () => {
    const source = pattern(12)
    const same = resample(source, [2, 2, 3], 2, 2, 'bicubic')
    expect(same).toEqual(source)
    same[0] = 7
    expect(source[0]).not.toBe(7)
  })
})

describe('Lanczos gives the bytes that Pillow gives', () => {
  it.each(named('resize lanczos'))('from $shape to $size', ({ shape, size, values }) => {
    const steps = resizeLanczos(toBytes(pattern(volume(shape))), shape, ...size)
    expectClose(finishSteps(steps), values, 0)
  })
})

describe('the Gaussian blur gives what the written-out kernel gives', () => {
  it.each(named('blur'))('radius $radius, sigma $sigma', ({ shape, radius, sigma, values }) => {
    expectClose(finishSteps(gaussianBlur(pattern(volume(shape)), shape, radius, sigma)), values, 2e-6)
  })

  it('refuses a radius that its mirrored border cannot fill', () => {
    expect(() => finishSteps(gaussianBlur(pattern(27), [3, 3, 3], 3, 1))).toThrow(/too large for a picture of 3 × 3/)
  })
})

describe('growing and shrinking a mask', () => {
  const sparse = () => pattern(72).map((value) => (value > 0.79 ? value : 0))
  const nothing = async () => undefined

  it.each(named('grow'))('grows by $steps, square corners $square', async ({ steps, square, values }) => {
    expectClose(await dilate(sparse(), 9, 8, steps, { square, erode: false }, nothing), values, 1e-6)
  })

  it.each(named('shrink'))('shrinks by $steps, square corners $square', async ({ steps, square, values }) => {
    const inverted = sparse().map((value) => 1 - value)
    expectClose(await dilate(inverted, 9, 8, steps, { square, erode: true }, nothing), values, 1e-6)
  })

  it('stops as soon as nothing changes, however far it should grow', async () => {
    let steps = 0
    const count = async () => {
      steps++
    }
    await dilate(sparse(), 9, 8, 16_384, { square: true, erode: false }, count)
    expect(steps).toBeLessThan(20)
  })
})

describe('8 bits', () => {
  it('truncates: 0.5 is 127, 0.25 is 63, 0.1 is 25, 0.3 is 76', () => {
    expect([...toBytes(Float32Array.of(0.5, 0.25, 0.1, 0.3, 1, 0, -1, 2, Number.NaN))]).toEqual([
      127, 63, 25, 76, 255, 0, 0, 255, 0,
    ])
  })

  it('keeps every 8-bit value on the way to floats and back', () => {
    const values = Float32Array.from({ length: 256 }, (_, i) => i / 255)
    expect([...toBytes(values)]).toEqual(named('truncate')[0]!.values)
  })
})

it('rounds halves to even, as sizes are rounded', () => {
  const { inputs, values } = named('round')[0]!
  expect(inputs.map(roundHalfEven)).toEqual(values)
})
