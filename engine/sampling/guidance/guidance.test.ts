import { describe, expect, it } from 'vitest'
import type { LatentShape } from '../latents/latent.ts'
import { readGolden, worstDifference } from '../testdata/golden.ts'
import { wave } from '../testdata/wave.ts'
import { type Area, areaWithin, isActive, RegionBlend, regionWeights } from './areas.ts'
import { classifierFreeGuidance, dualGuidance, needsUnconditional, perpNegGuidance, rescaledGuidance } from './cfg.ts'
import { differentialMask, keepUnmasked, maskForChannels } from './inpaint.ts'

interface Golden {
  sigma: number
  scale: number
  multiplier: number
  cfg: number[]
  rescaled: number[]
  perp_neg: number[]
  dual: number[]
  dual_nested: number[]
  areas: {
    shape: LatentShape
    regions: {
      area: [number, number, number, number]
      shift: number
      strength?: number
      mask_shift?: number
      mask_strength?: number
    }[]
    values: number[]
  }
}

// How the values were made: scripts/reference/sampling.py (the papers in double precision, torch).
const golden = readGolden<Golden>('guidance')
const [positive, negative, third, x] = [wave(16), wave(16, 1), wave(16, 2), wave(16, 3)] as const

describe('guidance', () => {
  const { sigma, scale, multiplier } = golden

  it('goes beyond the conditional prediction', () => {
    expect(worstDifference(classifierFreeGuidance(positive, negative, scale), golden.cfg)).toBeLessThan(1e-6)
  })

  it('at scale 1 is the conditional prediction alone, so that the other need not be computed', () => {
    expect(classifierFreeGuidance(positive, negative, 1)).toEqual(positive)
    expect(needsUnconditional(1)).toBe(false)
    expect(needsUnconditional(1.01)).toBe(true)
    expect(needsUnconditional(0)).toBe(true)
  })

  it('rescaled has the contrast back', () => {
    const rescaled = rescaledGuidance(x, positive, negative, sigma, scale, multiplier, 2)
    expect(worstDifference(rescaled, golden.rescaled)).toBeLessThan(2e-6)
    const plain = rescaledGuidance(x, positive, negative, sigma, scale, 0, 2)
    expect(worstDifference(plain, golden.cfg)).toBeLessThan(2e-6)
  })

  it('rescaled copes with predictions that have no contrast at all', () => {
    const zero = new Float32Array(16)
    expect(rescaledGuidance(zero, zero, zero, 2, 7, 1, 1)).toEqual(zero)
  })

  it('with a perpendicular negative prompt', () => {
    const guided = perpNegGuidance(positive, negative, third, 0.8, scale)
    expect(worstDifference(guided, golden.perp_neg)).toBeLessThan(2e-6)
    expect(perpNegGuidance(third, negative, third, 0.8, scale).every(Number.isFinite)).toBe(true)
  })

  it('by two prompts, added or nested', () => {
    expect(worstDifference(dualGuidance(positive, negative, third, 4, 2), golden.dual)).toBeLessThan(1e-6)
    expect(worstDifference(dualGuidance(positive, negative, third, 4, 2, true), golden.dual_nested)).toBeLessThan(1e-6)
  })
})

describe('conditionings for parts of the picture', () => {
  it('are averaged where they overlap, fading in from edges inside the picture', () => {
    const { shape, regions, values } = golden.areas
    const [batch, channels, height, width] = shape
    const blend = new RegionBlend(shape)
    for (const one of regions) {
      const [h, w, y, left] = one.area
      const region = {
        area: { height: h, width: w, y, x: left },
        ...(one.strength === undefined ? {} : { strength: one.strength }),
        ...(one.mask_shift === undefined ? {} : { mask: wave(height * width, one.mask_shift).map(Math.abs) }),
        ...(one.mask_strength === undefined ? {} : { maskStrength: one.mask_strength }),
      }
      const area = areaWithin(region, shape)!
      blend.add(wave(batch * channels * h * w, one.shift), area, regionWeights(region, shape, area))
    }
    expect(worstDifference(blend.average(), values)).toBeLessThan(1e-6)
  })

  it('give each latent of a batch its own mask, or one to all', () => {
    const shape: LatentShape = [2, 1, 1, 2]
    const area = areaWithin({}, shape)!
    expect([...regionWeights({ mask: Float32Array.of(1, 2, 3, 4) }, shape, area)]).toEqual([1, 2, 3, 4])
    expect([...regionWeights({ mask: Float32Array.of(1, 2) }, shape, area)]).toEqual([1, 2, 1, 2])
  })

  it('give 0 where nothing was asked for', () => {
    const blend = new RegionBlend([1, 1, 1, 2])
    blend.add(Float32Array.of(5), { x: 0, y: 0, width: 1, height: 1 }, Float32Array.of(0.25))
    expect([...blend.average()]).toEqual([5, 0])
  })

  it('are cut to the picture, and dropped when nothing is left', () => {
    const shape: LatentShape = [1, 1, 8, 8]
    const area = (y: number, left: number, height: number, width: number): Area => ({ y, x: left, height, width })
    expect(areaWithin({ area: area(4, 6, 8, 8) }, shape)).toEqual(area(4, 6, 4, 2))
    expect(areaWithin({ area: area(8, 0, 2, 2) }, shape)).toBeNull()
    expect(areaWithin({ area: area(100, 100, 8, 8) }, shape)).toBeNull()
    expect(areaWithin({}, shape)).toEqual(area(0, 0, 8, 8))
  })

  it('take part between their noise levels, ends included', () => {
    const region = { startSigma: 10, endSigma: 2 }
    expect([11, 10, 5, 2, 1].map((sigma) => isActive(region, sigma))).toEqual([false, true, true, true, false])
    expect(isActive({}, 1000)).toBe(true)
    expect(isActive({}, 0)).toBe(true)
  })
})

describe('inpainting', () => {
  const shape = [1, 2, 1, 2] as const
  const latent = Float32Array.of(1, 2, 3, 4)
  const noise = Float32Array.of(10, 20, 30, 40)
  const seenAt: Float32Array[] = []
  const denoise = async (seen: Float32Array) => {
    seenAt.push(seen)
    return seen.map(() => 100)
  }

  it('shows the network the original with noise outside the mask, and keeps it there', async () => {
    const kept = keepUnmasked(denoise, { latent, noise, shape, mask: Float32Array.of(1, 0) })
    const input = Float32Array.of(5, 6, 7, 8)
    expect([...(await kept(input, 0.5))]).toEqual([100, 2, 100, 4])
    expect([...seenAt.at(-1)!]).toEqual([5, 12, 7, 24])
    expect([...input]).toEqual([5, 6, 7, 8])
  })

  it('mixes where the mask is grey', async () => {
    const kept = keepUnmasked(denoise, { latent, noise, shape, mask: Float32Array.of(0.5, 0.25) })
    expect([...(await kept(latent, 0))]).toEqual([50.5, 26.5, 51.5, 28])
  })

  it('lets a grey place change only late with a differential mask', async () => {
    const maskAt = differentialMask((sigma) => sigma * 100, 1000, 0)
    const kept = keepUnmasked(denoise, { latent, noise, shape, mask: Float32Array.of(1, 0.3), maskAt })
    expect([...(await kept(latent, 10))]).toEqual([100, 2, 100, 4])
    expect([...(await kept(latent, 4))]).toEqual([100, 2, 100, 4])
    expect([...(await kept(latent, 2.9))]).toEqual([100, 100, 100, 100])
  })

  it('refuses a mask, a latent or noise that does not fit', () => {
    expect(() => maskForChannels(new Float32Array(3), shape)).toThrow(/1 × 2/)
    expect(() => keepUnmasked(denoise, { latent: wave(3), noise, shape, mask: wave(2) })).toThrow(RangeError)
    expect(() => keepUnmasked(denoise, { latent, noise: wave(3), shape, mask: wave(2) })).toThrow(RangeError)
  })
})
