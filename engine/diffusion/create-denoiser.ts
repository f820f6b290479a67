/**
 * @file Makes the prediction that samplers step by: runs the network for each entry of each conditioning, puts the parts
 * together by their weights, and lets the guider make one of them.
 */
import type { AdditionKind } from '../models/diffusion/unet/unet.ts'
import { type Area, isActive, RegionBlend } from '../sampling/guidance/areas.ts'
import { cropLatent, type LatentShape } from '../sampling/latents/latent.ts'
import { denoisedFrom, networkInput } from '../sampling/model-sampling/model-sampling.ts'
import type { Denoise } from '../sampling/types.ts'
import { AppliedControls } from './apply-controls.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import type { Guider } from './guider.ts'
import type { LatentValue } from './latent-value.ts'
import { type PreparedEntry, prepareConditionings } from './prepared-conditioning.ts'

export interface Denoiser {
  denoise: Denoise
  /** Of the last prediction. */
  unconditional(): Float32Array | undefined
}

export interface DenoiserOptions {
  guider: Guider
  /** What is sampled. */
  latent: LatentValue
  /** Its values at the network's scale. */
  scaled: Float32Array
  /** Whether the sampler also goes by the prediction without the text. */
  needsUnconditional: boolean
}

export function createDenoiser({ guider, latent, scaled, needsUnconditional }: DenoiserOptions): Denoiser {
  const { model } = guider
  const { shape } = latent
  // All of them, needed or not: they ask things of each other.
  const prepared = prepareConditionings(guider, latent, scaled)
  const needed = guider.needed(needsUnconditional)
  const controls = new AppliedControls(model)
  const addable = additionKinds(needed.flatMap((name) => prepared[name]!))
  let unconditional: Float32Array | undefined
  return {
    unconditional: () => unconditional,
    async denoise(x, sigma) {
      const predictions: Record<string, Float32Array> = {}
      for (const name of needed) {
        predictions[name] = await predict(model, prepared[name]!, { x, sigma, shape, controls, addable })
      }
      const guided = guider.combine(predictions, { x, sigma, shape })
      unconditional = guided.unconditional
      return guided.denoised
    },
  }
}

interface Moment {
  x: Float32Array
  sigma: number
  shape: LatentShape
  controls: AppliedControls
  addable: readonly AdditionKind[]
}

/** What is added to the network at some step or other. */
function additionKinds(entries: readonly PreparedEntry[]): AdditionKind[] {
  const kinds = new Set<AdditionKind>()
  for (const { control } of entries) {
    for (let link = control; link; link = link.previous) {
      if (link.strength !== 0) kinds.add(link.network.kind === 'controlnet' ? 'control' : 'adapter')
    }
  }
  return [...kinds]
}

/** The noiseless latent that a conditioning asks for. Where none of its entries counts: zeros. */
async function predict(
  model: DiffusionModel,
  entries: readonly PreparedEntry[],
  moment: Moment,
): Promise<Float32Array> {
  const blend = new RegionBlend(moment.shape)
  for (const entry of entries) {
    if (!isActive(entry.region, moment.sigma)) continue
    blend.add(await predictEntry(model, entry, moment), entry.area, entry.weights)
  }
  return blend.average()
}

/** One run of the network, over the entry's part of the latent. */
async function predictEntry(model: DiffusionModel, entry: PreparedEntry, moment: Moment): Promise<Float32Array> {
  const { sigma, shape, controls, addable } = moment
  const { area, control } = entry
  const { context, tokens, label, extraChannels } = entry.told
  const [batch, channels] = shape
  const x = cropLatent({ data: moment.x, shape }, area).data
  const request = {
    x: networkInput(model.sampling, x, sigma),
    shape: [batch, channels, area.height, area.width] as const,
    timesteps: new Float32Array(batch).fill(model.sampling.timestep(sigma)),
    context: repeat(context, batch),
    contextShape: [batch, tokens, context.length / tokens] as const,
    ...(label && { y: repeat(label, batch) }),
  }
  const additions = control ? await controls.at(control, sigma, request) : undefined
  const output = await model.unet.predict({
    ...request,
    ...(extraChannels && withChannels(request.x, shape, extraChannels, area)),
    ...(additions && { additions }),
    addable,
  })
  return denoisedFrom(model.sampling, x, output, sigma)
}

/** What networks for inpainting see: the latent's channels, then the others, latent by latent. */
function withChannels(x: Float32Array, shape: LatentShape, extraChannels: Float32Array, area: Area) {
  const [batch, channels, height, width] = shape
  const further = extraChannels.length / (batch * height * width)
  const extra = cropLatent({ data: extraChannels, shape: [batch, further, height, width] }, area).data
  return {
    x: joinChannels(x, extra, batch),
    shape: [batch, channels + further, area.height, area.width] as const,
  }
}

/** The channels of one, then those of the other, latent by latent. */
function joinChannels(first: Float32Array, second: Float32Array, batch: number): Float32Array {
  const [a, b] = [first.length / batch, second.length / batch]
  const out = new Float32Array(first.length + second.length)
  for (let index = 0; index < batch; index += 1) {
    out.set(first.subarray(index * a, (index + 1) * a), index * (a + b))
    out.set(second.subarray(index * b, (index + 1) * b), index * (a + b) + a)
  }
  return out
}

function repeat(values: Float32Array, times: number): Float32Array {
  if (times === 1) return values
  const out = new Float32Array(values.length * times)
  for (let index = 0; index < times; index += 1) out.set(values, index * values.length)
  return out
}
