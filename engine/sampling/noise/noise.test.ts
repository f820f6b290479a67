import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeFloats, readGolden, worstDifference } from '../testdata/golden.ts'
import { BrownianTree } from './brownian-tree.ts'
import { cosSinf, fma, logf } from './float32-math.ts'
import { latentNoise } from './latent-noise.ts'
import { seedSequence } from './seed-sequence.ts'
import { brownianNoise, independentNoise } from './step-noise.ts'
import { TorchGenerator } from './torch-generator.ts'

interface Golden {
  cases: { seed: string; size: number; values?: string; sha256?: string; first?: string }[]
  mixed: { seed: string; sizes: number[]; values: string }
  doubles: { seed: string; values: number[] }
  seed_sequences: { entropy: string; spawn_key: string[]; pool_size: number; state: number[] }[]
  trees: { seed: string; range: [number, number]; from: number; to: number; values: string }[]
  brownian_steps: { seed: string; sigmas: string; steps: { from: number; to: number; values: string }[] }
  batches: { seed: string; indices: number[]; shape: number[]; values: string }[]
}

// How the values were made: scripts/reference/sampling.py (torch, NumPy, torchsde, k-diffusion).
const golden = readGolden<Golden>('noise')

describe('noise from a seed is PyTorch’s, bit for bit', () => {
  it.each(golden.cases)('seed $seed, $size values', ({ seed, size, values, sha256, first }) => {
    const noise = new TorchGenerator(BigInt(seed)).randn(size)
    if (values !== undefined) expect(noise).toEqual(decodeFloats(values))
    if (first !== undefined) expect(noise.slice(0, 4)).toEqual(decodeFloats(first))
    if (sha256 !== undefined) expect(createHash('sha256').update(noise).digest('hex')).toBe(sha256)
  })

  it('goes on in one stream through small and large draws, keeping the second normal of a pair', () => {
    const { seed, sizes, values } = golden.mixed
    const generator = new TorchGenerator(BigInt(seed))
    const drawn = sizes.flatMap((size) => [...generator.randn(size)])
    expect(Float32Array.from(drawn)).toEqual(decodeFloats(values))
  })

  it('in double precision agrees to 1e-15', () => {
    const { seed, values } = golden.doubles
    expect(worstDifference(new TorchGenerator(BigInt(seed)).randn64(values.length), values)).toBeLessThan(1e-15)
  })

  it('takes the low 32 bits of a seed, negative ones counted from 2^64', () => {
    expect(new TorchGenerator(2 ** 32 + 5).randn(20)).toEqual(new TorchGenerator(5n).randn(20))
    expect(new TorchGenerator(-1).randn(20)).toEqual(new TorchGenerator(2n ** 64n - 1n).randn(20))
  })

  it('refuses a seed that is no whole number', () => {
    expect(() => new TorchGenerator(0.5)).toThrow(RangeError)
    expect(() => new TorchGenerator(Number.NaN)).toThrow(RangeError)
  })
})

describe('single precision functions', () => {
  it('round a multiply-add once, also where rounding twice would go wrong', () => {
    const epsilon = 2 ** -23
    // 1 + 2^-24 is the middle between two singles; the tiny rest decides, and double precision loses it.
    expect(fma(1 + epsilon, 2 ** -24, Math.fround(1 - 2 ** -24))).toBe(1)
    expect(fma(2 ** -24, 1, 1 + epsilon)).toBe(1 + 2 * epsilon)
    expect(fma(2 ** -40, 2 ** -40, Math.fround(1 + epsilon))).toBe(Math.fround(1 + epsilon))
    const third = Math.fround(1 / 3)
    expect(fma(third, third, -Math.fround(third * third))).toBe(third * third - Math.fround(third * third))
  })

  it('are within 2e-7 of the true logarithm, cosine and sine', () => {
    const out = new Float32Array(2)
    for (let i = 1; i <= 1000; i++) {
      const x = Math.fround(i / 1000)
      expect(Math.abs(logf(x) - Math.log(x))).toBeLessThan(2e-7 * Math.max(1, -Math.log(x)))
      const angle = Math.fround(x * 2 * Math.PI)
      cosSinf(angle, out)
      expect(Math.abs(out[0]! - Math.cos(angle))).toBeLessThan(2e-7)
      expect(Math.abs(out[1]! - Math.sin(angle))).toBeLessThan(2e-7)
    }
  })
})

describe('noise for a batch', () => {
  it.each(golden.batches)(
    'gives latents $indices of the sequence of shape $shape',
    ({ seed, indices, shape, values }) => {
      expect(latentNoise(BigInt(seed), [indices.length, ...shape], indices)).toEqual(decodeFloats(values))
    },
  )

  it('is one draw for the whole batch, so that its latents can be made again alone', () => {
    const whole = latentNoise(3, [3, 4, 8, 8])
    expect(latentNoise(3, [1, 4, 8, 8], [2])).toEqual(whole.slice(2 * 256))
  })

  it('refuses indices that do not fit the batch', () => {
    expect(() => latentNoise(3, [2, 4, 8, 8], [0])).toThrow(/1 batch indices for 2 latents/)
    expect(() => latentNoise(3, [1, 4, 8, 8], [-1])).toThrow(RangeError)
    expect(() => latentNoise(3, [1, 4, 8, 8], [1.5])).toThrow(RangeError)
  })
})

describe('a Brownian tree', () => {
  it.each(golden.seed_sequences)('mixes seed $entropy at $spawn_key as NumPy does', (one) => {
    const state = seedSequence(BigInt(one.entropy), one.spawn_key.map(BigInt), one.pool_size, 4)
    expect([...state]).toEqual(one.state)
  })

  it.each(golden.trees)('of seed $seed from $from to $to is torchsde’s, bit for bit', async (one) => {
    const tree = new BrownianTree(BigInt(one.seed), ...one.range, 18)
    const increment = await tree.increment(one.from, one.to)
    expect(Float32Array.from([0, 1, 7, 16, 17], (i) => increment[i]!)).toEqual(decodeFloats(one.values))
  })

  it('adds up: the whole is the sum of its parts, in whatever order they are asked for', async () => {
    const tree = new BrownianTree(11, 0.03, 14.6, 20)
    const late = await tree.increment(0.03, 5)
    const early = await tree.increment(5, 14.6)
    const whole = await tree.increment(0.03, 14.6)
    expect(
      worstDifference(
        late.map((value, i) => value + early[i]!),
        whole,
      ),
    ).toBeLessThan(1e-5)
    expect(await tree.increment(0.03, 5)).toEqual(late)
  })

  it('pauses between its levels', async () => {
    let pauses = 0
    const pause = async () => {
      pauses++
    }
    await new BrownianTree(11, 0.03, 14.6, 20, pause).increment(3, 5)
    expect(pauses).toBeGreaterThan(20)
  })

  it('answers an empty interval and one below its resolution with no movement', async () => {
    const tree = new BrownianTree(11, 0.03, 14.6, 3)
    expect(await tree.increment(2, 2)).toEqual(new Float32Array(3))
    expect(await tree.increment(2, 2 + 1e-9)).toEqual(new Float32Array(3))
  })
})

describe('noise between steps', () => {
  it('along a Brownian path is k-diffusion’s, bit for bit', async () => {
    const { seed, sigmas, steps } = golden.brownian_steps
    const noise = brownianNoise(BigInt(seed), 16, decodeFloats(sigmas))
    for (const { from, to, values } of steps) expect(await noise(from, to)).toEqual(decodeFloats(values))
  })

  it('from one stream starts at the next seed', () => {
    const noise = independentNoise(2n ** 64n - 1n, 16)
    const generator = new TorchGenerator(0)
    expect(noise(1, 0.5)).toEqual(generator.randn(16))
    expect(noise(0.5, 0.1)).toEqual(generator.randn(16))
  })
})
