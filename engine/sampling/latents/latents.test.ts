import { describe, expect, it } from 'vitest'
import { readGolden, worstDifference } from '../testdata/golden.ts'
import { wave } from '../testdata/wave.ts'
import { blendLatents, compositeLatents } from './compose.ts'
import { playgroundLatents, previewRgb, sd1Latents, sdxlLatents, toNetworkLatent, toVaeLatent } from './formats.ts'
import { concatLatents, cropLatent, type Latent, repeatLatents, selectLatents } from './latent.ts'
import { type LatentScaleMethod, latentScaleMethods, resizeLatent } from './resize.ts'

interface Golden {
  cases: {
    method: LatentScaleMethod
    shape: Latent['shape']
    size: [number, number]
    zero?: boolean
    values: number[]
  }[]
  composites: { x: number; y: number; feather: number; sum_by_plane: number[]; corner: number[] }[]
  blend: number[]
}

// How the values were made: scripts/reference/sampling.py (torch; bislerp in double precision from its definition).
const golden = readGolden<Golden>('latents')

function waveLatent(shape: Latent['shape'], shift = 0): Latent {
  return { data: wave(shape[0] * shape[1] * shape[2] * shape[3], shift), shape }
}

function sums({ data, shape }: Latent): number[] {
  const size = shape[2] * shape[3]
  return Array.from({ length: shape[0] * shape[1] }, (_, plane) =>
    data.subarray(plane * size, (plane + 1) * size).reduce((sum, value) => sum + value, 0),
  )
}

describe('resizing a latent', () => {
  it('has ComfyUI’s methods in its order', () => {
    expect(latentScaleMethods).toEqual(['nearest-exact', 'bilinear', 'area', 'bicubic', 'bislerp'])
  })

  it.each(golden.cases)('$method from $shape to $size', ({ method, shape, size, zero, values }) => {
    const latent = waveLatent(shape)
    if (zero) {
      const plane = shape[2] * shape[3]
      for (let at = 0; at < latent.data.length; at += plane) latent.data[at] = 0
    }
    const resized = resizeLatent(latent, ...size, method)
    expect(resized.shape).toEqual([shape[0], shape[1], ...size])
    expect(worstDifference(resized.data, values)).toBeLessThan(2e-6)
  })

  it('keeps the length of equal vectors with bislerp, where bilinear shortens them', () => {
    const latent: Latent = { data: Float32Array.of(1, 0, 0, 1), shape: [1, 2, 1, 2] }
    const length = ({ data }: Latent, i: number) => Math.hypot(data[i]!, data[i + 4]!)
    expect(length(resizeLatent(latent, 1, 4, 'bislerp'), 1)).toBeCloseTo(1, 6)
    expect(length(resizeLatent(latent, 1, 4, 'bilinear'), 1)).toBeLessThan(0.8)
  })

  it('can keep the proportions by cutting to the middle first', () => {
    const latent = waveLatent([1, 1, 2, 6])
    expect(resizeLatent(latent, 2, 2, 'bilinear', 'center').data).toEqual(
      cropLatent(latent, { y: 0, x: 2, height: 2, width: 2 }).data,
    )
  })

  it.each([
    [0, 4],
    [4, -1],
    [1.5, 4],
  ])('refuses a size of %f × %f', (height, width) => {
    expect(() => resizeLatent(waveLatent([1, 1, 2, 2]), height, width, 'area')).toThrow(RangeError)
  })
})

describe('combining latents', () => {
  const target = waveLatent([2, 4, 9, 8])
  const source = waveLatent([1, 4, 5, 6], 1)

  it.each(golden.composites)('lays one over the other at $x, $y with feather $feather', (one) => {
    const laid = compositeLatents(target, source, one)
    expect(worstDifference(sums(laid), one.sum_by_plane)).toBeLessThan(1e-5)
    const last = 7 * 72
    const corner = [0, 1].flatMap((row) => {
      const from = last + (one.y + row) * 8 + one.x
      return [...laid.data.slice(from, from + 3)]
    })
    expect(worstDifference(corner, one.corner)).toBeLessThan(1e-6)
    expect(target).toEqual(waveLatent([2, 4, 9, 8]))
  })

  it('leaves the target alone when the other lies outside', () => {
    expect(compositeLatents(target, source, { x: 8, y: 0 }).data).toEqual(target.data)
  })

  it('blends by a share, bringing the second to size and batch', () => {
    const blended = blendLatents(target, waveLatent([1, 4, 9, 8], 1), 0.3)
    expect(worstDifference(sums(blended), golden.blend)).toBeLessThan(1e-5)
    expect(blendLatents(target, waveLatent([1, 4, 20, 20]), 1).data).toEqual(target.data)
  })

  it('refuses latents of different channels', () => {
    const other = waveLatent([1, 16, 9, 8])
    expect(() => compositeLatents(target, other, { x: 0, y: 0 })).toThrow(/4 and 16 channels/)
    expect(() => blendLatents(target, other, 0.5)).toThrow(/4 and 16 channels/)
  })

  it('cuts a rectangle out of every channel', () => {
    const latent: Latent = { data: Float32Array.from({ length: 24 }, (_, i) => i), shape: [1, 2, 3, 4] }
    const cut = cropLatent(latent, { y: 1, x: 2, height: 2, width: 2 })
    expect(cut.shape).toEqual([1, 2, 2, 2])
    expect([...cut.data]).toEqual([6, 7, 10, 11, 18, 19, 22, 23])
  })

  it('joins, selects and repeats in batches', () => {
    const one = waveLatent([1, 2, 1, 2])
    const two = waveLatent([1, 2, 1, 2], 1)
    const joined = concatLatents(one, two)
    expect(joined.shape).toEqual([2, 2, 1, 2])
    expect(selectLatents(joined, [1, 0, 1]).data).toEqual(Float32Array.of(...two.data, ...one.data, ...two.data))
    expect(repeatLatents(joined, 3)).toEqual(selectLatents(joined, [0, 1, 0]))
    expect(() => concatLatents(one, source)).toThrow(RangeError)
  })
})

describe('latent formats', () => {
  it('scale between VAE and network and back', () => {
    const latent: Latent = { data: Float32Array.of(2), shape: [1, 1, 1, 1] }
    expect(toNetworkLatent(sd1Latents, latent)[0]).toBeCloseTo(0.3643, 6)
    expect(toNetworkLatent(sdxlLatents, latent)[0]).toBeCloseTo(0.2605, 6)
    const there = { ...latent, data: toNetworkLatent(sd1Latents, latent) }
    expect(toVaeLatent(sd1Latents, there)[0]).toBeCloseTo(2, 6)
  })

  describe("of Playground v2.5, over SDXL's VAE", () => {
    const shape = [2, 4, 1, 1] as const
    const means = [-1.6574, 1.886, -1.383, 2.5155]

    it("take each channel's mean as 0 and its deviation as 0.5, and back", () => {
      const data = Float32Array.of(...means, -1.6574 + 8.4927, 1.886 + 5.9022, -1.383 + 6.5498, 2.5155 + 5.2299)
      const there = toNetworkLatent(playgroundLatents, { data, shape })
      for (const [at, value] of [0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5].entries()) expect(there[at]).toBeCloseTo(value, 6)
      const back = toVaeLatent(playgroundLatents, { data: there, shape })
      for (const [at, value] of data.entries()) expect(back[at]).toBeCloseTo(value, 5)
    })

    it('are shown in the colours that SDXL shows the same latent in', () => {
      const latent: Latent = { data: Float32Array.of(3, -2, 1, 4), shape: [1, 4, 1, 1] }
      const shown = [sdxlLatents, playgroundLatents].map((format) => [
        ...previewRgb(format, toNetworkLatent(format, latent), 1),
      ])
      for (const [at, value] of shown[0]!.entries()) expect(Math.abs(value - shown[1]![at]!)).toBeLessThanOrEqual(1)
    })
  })

  it('show zeros as grey and keep colours within a byte', () => {
    expect([...previewRgb(sd1Latents, new Float32Array(4), 1)]).toEqual([127, 127, 127])
    expect([...previewRgb(sdxlLatents, new Float32Array(4), 1)]).toEqual([150, 140, 130])
    expect([...previewRgb(sd1Latents, Float32Array.of(100, 0, 0, 0), 1)]).toEqual([255, 255, 255])
    expect([...previewRgb(sd1Latents, Float32Array.of(0, 0, 0, 100), 1)]).toEqual([0, 0, 0])
    expect([...previewRgb(sdxlLatents, Float32Array.of(1, 0, 0, 0), 1)]).toEqual([210, 200, 190])
  })
})
