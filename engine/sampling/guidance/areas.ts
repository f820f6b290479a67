/**
 * @file Several conditionings, each for its own part of the picture and of the sampling: which take part at a noise level,
 * where, and how their predictions are averaged where they overlap.
 */

import { featherWeight } from '../latents/feather.ts'
import type { LatentShape } from '../latents/latent.ts'

/** A rectangle in latent units. */
export interface Area {
  height: number
  width: number
  y: number
  x: number
}

export interface Region {
  /** the part of the picture; everywhere when left out */
  area?: Area
  /** 0 to 1 for each latent position of the whole picture (height · width, or batch · height · width) */
  mask?: Float32Array
  /** weight of the mask, 1 when left out */
  maskStrength?: number
  /** weight against the other conditionings, 1 when left out */
  strength?: number
  /** takes part while sigma is at most this */
  startSigma?: number
  /** takes part while sigma is at least this */
  endSigma?: number
}

/** How far at most a rectangle's weight fades in from an edge that is not the picture's, in latent units. */
const widestFeather = 8
/** Keeps positions that no conditioning covers from dividing by zero. */
const tiny = 1e-37

/** Whether a conditioning takes part at this noise level. */
export function isActive(region: Region, sigma: number): boolean {
  const { startSigma = Number.POSITIVE_INFINITY, endSigma = 0 } = region
  return sigma <= startSigma && sigma >= endSigma
}

/** The rectangle, cut to the picture; null when nothing is left of it. */
export function areaWithin(region: Region, [, , height, width]: LatentShape): Area | null {
  if (region.area === undefined) return { height, width, y: 0, x: 0 }
  const y = Math.min(Math.max(region.area.y, 0), height)
  const x = Math.min(Math.max(region.area.x, 0), width)
  const area = { y, x, height: Math.min(region.area.height, height - y), width: Math.min(region.area.width, width - x) }
  return area.height > 0 && area.width > 0 ? area : null
}

/**
 * The weights of a conditioning inside its rectangle: strength times mask, or times the feathering when it has no mask.
 * @returns batch · height · width of the rectangle
 */
export function regionWeights(region: Region, shape: LatentShape, area: Area): Float32Array {
  const [batch, , height, width] = shape
  const { strength = 1, maskStrength = 1, mask } = region
  const weights = new Float32Array(batch * area.height * area.width)
  const planes = mask === undefined ? 0 : mask.length / (height * width)
  const fadeDown = fades(area.y, area.height, height)
  const fadeAcross = fades(area.x, area.width, width)
  let at = 0
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < area.height; y++) {
      for (let x = 0; x < area.width; x++, at++) {
        if (mask === undefined) {
          weights[at] = strength * fadeDown[y]! * fadeAcross[x]!
        } else {
          const plane = (b % planes) * height
          weights[at] = strength * maskStrength * mask[(plane + area.y + y) * width + area.x + x]!
        }
      }
    }
  }
  return weights
}

function fades(start: number, length: number, whole: number): number[] {
  const edges = [start !== 0, start + length < whole] as const
  // Small rectangles keep a middle that counts in full.
  const feather = Math.min(widestFeather, Math.floor(length / 4))
  return Array.from({ length }, (_, at) => featherWeight(at, length, feather, edges))
}

/** Adds predictions up, weighted, and gives their average. */
export class RegionBlend {
  readonly #shape: LatentShape
  readonly #sum: Float32Array
  readonly #weight: Float32Array

  constructor(shape: LatentShape) {
    this.#shape = shape
    const [batch, channels, height, width] = shape
    this.#sum = new Float32Array(batch * channels * height * width)
    this.#weight = new Float32Array(batch * height * width).fill(tiny)
  }

  /** @param prediction - for the rectangle only; @param weights - from {@link regionWeights} */
  add(prediction: Float32Array, area: Area, weights: Float32Array): void {
    const [batch, channels, height, width] = this.#shape
    for (let b = 0; b < batch; b++) {
      for (let y = 0; y < area.height; y++) {
        const inWeights = (b * area.height + y) * area.width
        const inWhole = (b * height + area.y + y) * width + area.x
        for (let x = 0; x < area.width; x++) this.#weight[inWhole + x]! += weights[inWeights + x]!
        for (let c = 0; c < channels; c++) {
          const from = ((b * channels + c) * area.height + y) * area.width
          const to = ((b * channels + c) * height + area.y + y) * width + area.x
          for (let x = 0; x < area.width; x++) {
            this.#sum[to + x]! += prediction[from + x]! * weights[inWeights + x]!
          }
        }
      }
    }
  }

  /** The weighted average; 0 where nothing was added. */
  average(): Float32Array {
    const [batch, channels, height, width] = this.#shape
    const size = height * width
    const out = new Float32Array(this.#sum.length)
    for (let plane = 0; plane < batch * channels; plane++) {
      const weights = Math.floor(plane / channels) * size
      for (let i = 0; i < size; i++) out[plane * size + i] = this.#sum[plane * size + i]! / this.#weight[weights + i]!
    }
    return out
  }
}
