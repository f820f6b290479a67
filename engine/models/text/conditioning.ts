/**
 * @file CONDITIONING, the value that tells a sampler what to paint: encodings of texts, each with what it is to be used
 * for. The functions are what ComfyUI's conditioning nodes do; none changes what it is given.
 */
import { NodeError } from '../../nodes/define.ts'

import type { Latent } from '../../sampling/latents/latent.ts'
import type { MaskTensor } from '../../tensor.ts'
import type { ControlChain } from '../diffusion/control/control-chain.ts'

/** The encoding of a text: one vector per token. Row-major, `[1, tokens, width]`. */
export interface TextEncoding {
  data: Float32Array
  tokens: number
  width: number
}

/** A part of the picture: in latent pixels, or in fractions of it. */
export interface ConditioningArea {
  unit: 'latent' | 'fraction'
  height: number
  width: number
  y: number
  x: number
}

/** What SDXL is told of the picture, in pixels. What is left out follows from the latent that is sampled. */
export interface SizeConditioning {
  width?: number
  height?: number
  cropWidth?: number
  cropHeight?: number
  targetWidth?: number
  targetHeight?: number
}

/** What networks for inpainting and editing are shown beside the latent. */
export interface ConcatConditioning {
  latent: Latent
  /** Where to paint, 1. */
  mask: MaskTensor | null
}

export interface ConditioningOptions {
  size?: SizeConditioning
  /** SDXL's refiner only. */
  aestheticScore?: number
  area?: ConditioningArea
  /** Of this entry against others where they overlap. @default 1 */
  strength?: number
  mask?: MaskTensor
  /** @default 1 */
  maskStrength?: number
  /** Sample only the rectangle around the mask. */
  setAreaToBounds?: boolean
  /** The part of the sampling in which this entry counts, 0 (pure noise) to 1 (the end). */
  start?: number
  end?: number
  control?: ControlChain
  /** The control counts for the negative text too, where that has none (the old ControlNetApply). */
  controlsAll?: boolean
  concat?: ConcatConditioning
}

export interface ConditioningEntry {
  encoding: TextEncoding
  /** One vector for the whole text, from encoders that have one. */
  pooled: Float32Array | null
  options: ConditioningOptions
}

/** Entries count together: their predictions are averaged, weighted by strength and mask. */
export type Conditioning = readonly ConditioningEntry[]

/** ConditioningCombine. */
export function combine(first: Conditioning, second: Conditioning): Conditioning {
  return [...first, ...second]
}

/** ConditioningConcat: the tokens of `from` after those of `to`. Of `from` only the first entry counts. */
export function concat(to: Conditioning, from: Conditioning): Conditioning {
  const added = from[0]?.encoding
  if (!added) return to
  return to.map((entry) => ({ ...entry, encoding: joinTokens([entry.encoding, added]) }))
}

/** Encodings one after the other. @throws NodeError when they are not of one width */
export function joinTokens(encodings: readonly TextEncoding[]): TextEncoding {
  const [first, ...rest] = encodings as [TextEncoding, ...TextEncoding[]]
  const { width } = first
  for (const encoding of rest) requireWidth(encoding, width)
  const tokens = encodings.reduce((sum, encoding) => sum + encoding.tokens, 0)
  const data = new Float32Array(tokens * width)
  let offset = 0
  for (const encoding of encodings) {
    data.set(encoding.data, offset)
    offset += encoding.data.length
  }
  return { data, tokens, width }
}

/**
 * ConditioningAverage: `to * strength + from * (1 - strength)`, as long as `to`; a shorter `from` counts as zeros where
 * it ends. Of `from` only the first entry counts.
 * @throws NodeError when they are not of one width
 */
export function average(to: Conditioning, from: Conditioning, strength: number): Conditioning {
  const source = from[0]
  if (!source) return to
  return to.map((entry) => {
    const pooled =
      entry.pooled && source.pooled ? mix(entry.pooled, source.pooled, strength) : (entry.pooled ?? source.pooled)
    requireWidth(source.encoding, entry.encoding.width)
    return {
      ...entry,
      pooled,
      encoding: { ...entry.encoding, data: mix(entry.encoding.data, source.encoding.data, strength) },
    }
  })
}

function requireWidth(encoding: TextEncoding, width: number): void {
  if (encoding.width === width) return
  throw new NodeError(
    `these conditionings do not fit together: one has vectors of ${width} numbers, the other of ${encoding.width}; both must come from the same CLIP`,
  )
}

function mix(to: Float32Array, from: Float32Array, strength: number): Float32Array {
  return to.map((value, index) => value * strength + (from[index] ?? 0) * (1 - strength))
}

/** ConditioningZeroOut: nothing is said, which is another thing than the empty text. */
export function zeroOut(conditioning: Conditioning): Conditioning {
  return conditioning.map((entry) => ({
    ...entry,
    encoding: { ...entry.encoding, data: new Float32Array(entry.encoding.data.length) },
    pooled: entry.pooled && new Float32Array(entry.pooled.length),
  }))
}

/** Sets options of every entry, over what they have. */
export function withOptions(conditioning: Conditioning, options: ConditioningOptions): Conditioning {
  return conditioning.map((entry) => ({ ...entry, options: { ...entry.options, ...options } }))
}

export interface Rectangle {
  width: number
  height: number
  x: number
  y: number
}

/** ConditioningSetArea. @param area - in pixels of the picture; 8 of them are one of the latent */
export function setArea(conditioning: Conditioning, area: Rectangle, strength: number): Conditioning {
  const latent = (pixels: number) => Math.floor(pixels / 8)
  return withOptions(conditioning, {
    area: {
      unit: 'latent',
      height: latent(area.height),
      width: latent(area.width),
      y: latent(area.y),
      x: latent(area.x),
    },
    strength,
    setAreaToBounds: false,
  })
}

/** ConditioningSetAreaPercentage. @param area - in fractions of the picture */
export function setAreaFraction(conditioning: Conditioning, area: Rectangle, strength: number): Conditioning {
  return withOptions(conditioning, { area: { unit: 'fraction', ...area }, strength, setAreaToBounds: false })
}

/** ConditioningSetAreaStrength. */
export function setAreaStrength(conditioning: Conditioning, strength: number): Conditioning {
  return withOptions(conditioning, { strength })
}

/** ConditioningSetMask. */
export function setMask(
  conditioning: Conditioning,
  mask: MaskTensor,
  options: { strength: number; setAreaToBounds: boolean },
): Conditioning {
  return withOptions(conditioning, {
    mask,
    maskStrength: options.strength,
    setAreaToBounds: options.setAreaToBounds,
  })
}

/** ConditioningSetTimestepRange. @param start - 0 to 1, as `end` */
export function setTimestepRange(conditioning: Conditioning, start: number, end: number): Conditioning {
  return withOptions(conditioning, { start, end })
}
