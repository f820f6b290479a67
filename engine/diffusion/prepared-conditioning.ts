/**
 * @file A conditioning as one run of a sampler needs it: where each entry counts in this latent, at which noise levels, and
 * what the network is told. Made once per run.
 */
import type { ControlChain } from '../models/diffusion/control/control-chain.ts'
import type { Conditioning, ConditioningArea, ConditioningEntry } from '../models/text/conditioning.ts'
import { NodeError } from '../nodes/define.ts'
import { type Area, areaWithin, type Region, regionWeights } from '../sampling/guidance/areas.ts'
import type { LatentShape } from '../sampling/latents/latent.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import { boundsOf, maskForLatents } from './masks.ts'

export interface PreparedEntry {
  /** In which part of the picture, and of the sampling, it counts. */
  region: Region
  area: Area
  /** batch · area.height · area.width */
  weights: Float32Array
  /** `[tokens, width]` */
  context: Float32Array
  tokens: number
  label: Float32Array | null
  control: ControlChain | null
}

export interface PreparedConditioning {
  name: string
  entries: readonly PreparedEntry[]
}

export type Role = 'positive' | 'negative'

/**
 * @param shape - of the latents that are sampled
 * @throws NodeError when an entry does not fit the model
 */
export function prepareConditioning(
  name: string,
  { role, conditioning }: { role: Role; conditioning: Conditioning },
  model: DiffusionModel,
  shape: LatentShape,
): PreparedConditioning {
  return { name, entries: conditioning.flatMap((entry) => prepareEntry(entry, role, model, shape) ?? []) }
}

/** @returns null for an area that lies outside of the picture */
function prepareEntry(
  entry: ConditioningEntry,
  role: Role,
  model: DiffusionModel,
  shape: LatentShape,
): PreparedEntry | null {
  const { encoding, options } = entry
  const mask = options.mask && maskForLatents(options.mask, shape)
  const wanted =
    mask && options.setAreaToBounds ? boundsOf(mask, shape) : options.area && inLatents(options.area, shape)
  const { percentToSigma } = model.sampling
  const region: Region = {
    ...(wanted && { area: wanted }),
    ...(mask && { mask }),
    ...(options.maskStrength !== undefined && { maskStrength: options.maskStrength }),
    ...(options.strength !== undefined && { strength: options.strength }),
    ...(options.start !== undefined && { startSigma: percentToSigma(options.start) }),
    ...(options.end !== undefined && { endSigma: percentToSigma(options.end) }),
  }
  const area = areaWithin(region, shape)
  if (!area) return null
  return {
    region,
    area,
    weights: regionWeights(region, shape, area),
    context: encoding.data,
    tokens: encoding.tokens,
    label: labelOf(entry, role, model, shape),
    control: options.control ?? null,
  }
}

/** Fractions of the picture are rounded to latent positions and are at least one. */
function inLatents(area: ConditioningArea, [, , height, width]: LatentShape): Area {
  if (area.unit === 'latent') return area
  return {
    height: Math.max(1, Math.round(area.height * height)),
    width: Math.max(1, Math.round(area.width * width)),
    y: Math.round(area.y * height),
    x: Math.round(area.x * width),
  }
}

function labelOf(
  entry: ConditioningEntry,
  role: Role,
  model: DiffusionModel,
  [, , height, width]: LatentShape,
): Float32Array | null {
  if (!model.label) return null
  if (!entry.pooled) {
    throw new NodeError(
      'The model wants a text encoded by its own text encoders (SDXL): this conditioning has no pooled vector',
    )
  }
  const { downscale } = model.latentFormat
  return model.label(entry, { width: width * downscale, height: height * downscale, role })
}
