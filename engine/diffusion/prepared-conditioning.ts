/**
 * @file A guider's conditionings as one run of a sampler needs them: where each entry counts in this latent, at which noise
 * levels, and what the network is told. Made once per run.
 */
import { roundHalfEven } from '../images/round-half-even.ts'
import type { ControlChain } from '../models/diffusion/control/control-chain.ts'
import type { ConditioningArea, ConditioningEntry } from '../models/text/conditioning.ts'
import { NodeError } from '../nodes/define.ts'
import { type Area, areaWithin, type Region, regionWeights } from '../sampling/guidance/areas.ts'
import type { LatentShape } from '../sampling/latents/latent.ts'
import { balanceConditionings, type ResolvedEntry, type ToldToNetwork } from './balance-conditionings.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import { extraChannels } from './extra-channels.ts'
import type { Guider } from './guider.ts'
import type { LatentValue } from './latent-value.ts'
import { boundsOf, maskForLatents } from './masks.ts'

export interface PreparedEntry {
  /** In which part of the picture, and of the sampling, it counts. */
  region: Region
  area: Area
  /** batch · area.height · area.width */
  weights: Float32Array
  told: ToldToNetwork
  control: ControlChain | null
}

export type PreparedConditionings = Readonly<Record<string, readonly PreparedEntry[]>>

export type Role = 'positive' | 'negative'

/**
 * @param latent - what is sampled; @param scaled - its values at the network's scale
 * @throws NodeError when an entry does not fit the model
 */
export function prepareConditionings(
  { model, conditionings }: Guider,
  latent: LatentValue,
  scaled: Float32Array,
): PreparedConditionings {
  const resolved = Object.entries(conditionings).map(([name, { role, conditioning }]) => [
    name,
    conditioning.map((entry) => resolveEntry(entry, role, model, { latent, scaled })),
  ])
  const balanced = Object.entries(balanceConditionings(Object.fromEntries(resolved)))
  return Object.fromEntries(
    balanced.map(([name, entries]) => [name, entries.flatMap((entry) => placeEntry(entry, latent.shape) ?? [])]),
  )
}

function resolveEntry(
  entry: ConditioningEntry,
  role: Role,
  model: DiffusionModel,
  { latent, scaled }: { latent: LatentValue; scaled: Float32Array },
): ResolvedEntry {
  const { encoding, options } = entry
  const { shape } = latent
  const mask = options.mask && maskForLatents(options.mask, shape)
  const area = mask && options.setAreaToBounds ? boundsOf(mask, shape) : options.area && inLatents(options.area, shape)
  const { percentToSigma } = model.sampling
  return {
    region: {
      ...(area && { area }),
      ...(mask && { mask }),
      ...(options.maskStrength !== undefined && { maskStrength: options.maskStrength }),
      ...(options.strength !== undefined && { strength: options.strength }),
      ...(options.start !== undefined && { startSigma: percentToSigma(options.start) }),
      ...(options.end !== undefined && { endSigma: percentToSigma(options.end) }),
    },
    told: {
      context: encoding.data,
      tokens: encoding.tokens,
      label: labelOf(entry, role, model, shape),
      extraChannels: extraChannels(model, options.concat, latent, scaled),
    },
    control: options.control ?? null,
    controlsAll: options.controlsAll === true,
  }
}

/** @returns null for an area that lies outside of the picture */
function placeEntry({ region, told, control }: ResolvedEntry, shape: LatentShape): PreparedEntry | null {
  const area = areaWithin(region, shape)
  return area && { region, area, weights: regionWeights(region, shape, area), told, control }
}

/** Fractions of the picture are rounded to latent positions and are at least one. */
function inLatents(area: ConditioningArea, [, , height, width]: LatentShape): Area {
  if (area.unit === 'latent') return area
  return {
    height: Math.max(1, roundHalfEven(area.height * height)),
    width: Math.max(1, roundHalfEven(area.width * width)),
    y: roundHalfEven(area.y * height),
    x: roundHalfEven(area.x * width),
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
