/** @file UNETLoader, CLIPLoader, DualCLIPLoader, VAELoader: the parts of a model from files of their own. */
import { modelOf } from '../../diffusion/open-model.ts'
import type { VaeValue } from '../../diffusion/vae-value.ts'
import { openDiffusionModel, openTaesd, openVae } from '../../models/diffusion/open-diffusion.ts'
import { readSafetensors } from '../../models/safetensors/read-safetensors.ts'
import { createClip } from '../../models/text/clip.ts'
import { sd1Latents, sdxlLatents } from '../../sampling/latents/formats.ts'
import { defineNode, input, type NodeContext, type NodeEnvironment, NodeError } from '../define.ts'
import { listWeights, requireModelPath, weightsMark } from './model-path.ts'
import { tinyVaeFiles } from './tiny-vae-files.ts'

export const unetLoader = defineNode({
  classType: 'UNETLoader',
  displayName: 'Load Diffusion Model',
  category: 'advanced/loaders',
  inputs: {
    unet_name: input.combo((environment) => listWeights('diffusion_models', environment)),
    weight_dtype: input.combo(['default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2'], {
      advanced: true,
      tooltip: 'Weights are used as they are in the file, whatever is chosen',
    }),
  },
  outputs: [{ type: 'MODEL' }],
  changeMark: ({ unet_name }, environment) => weightsMark('diffusion_models', [unet_name], environment),
  async execute({ unet_name: name }, context) {
    const path = await requireModelPath('diffusion_models', name, context)
    return [modelOf(await openDiffusionModel(context.models, path))]
  },
})

const encoders = (environment: NodeEnvironment) => listWeights('text_encoders', environment)
const device = () => input.optional(input.combo(['default', 'cpu'], { advanced: true }))

export const clipLoader = defineNode({
  classType: 'CLIPLoader',
  displayName: 'Load CLIP',
  category: 'advanced/loaders',
  description: 'Opens one text encoder. Which it is, its weights tell.',
  inputs: {
    clip_name: input.combo(encoders),
    type: input.combo(['stable_diffusion', 'sdxl'], { tooltip: 'Which encoder it is, its weights tell' }),
    device: device(),
  },
  outputs: [{ type: 'CLIP' }],
  changeMark: ({ clip_name }, environment) => weightsMark('text_encoders', [clip_name], environment),
  execute: async ({ clip_name }, context) => [await openEncoders([clip_name], context)],
})

export const dualClipLoader = defineNode({
  classType: 'DualCLIPLoader',
  category: 'advanced/loaders',
  description: "Opens SDXL's two text encoders, in any order.",
  inputs: {
    clip_name1: input.combo(encoders),
    clip_name2: input.combo(encoders),
    type: input.combo(['sdxl']),
    device: device(),
  },
  outputs: [{ type: 'CLIP' }],
  changeMark: ({ clip_name1, clip_name2 }, environment) =>
    weightsMark('text_encoders', [clip_name1, clip_name2], environment),
  execute: async ({ clip_name1, clip_name2 }, context) => [await openEncoders([clip_name1, clip_name2], context)],
})

async function openEncoders(names: readonly string[], context: NodeContext) {
  const files = await Promise.all(
    names.map(async (name) => readSafetensors(await requireModelPath('text_encoders', name, context))),
  )
  return createClip(files, { store: context.models, loadTokenizer: context.models.clipTokenizer })
}

/** The tiny ones; both of their files have to be there to be offered. */
const tiny = { taesd: sd1Latents.scale, taesdxl: sdxlLatents.scale } as const

export const vaeLoader = defineNode({
  classType: 'VAELoader',
  displayName: 'Load VAE',
  category: 'loaders',
  inputs: {
    vae_name: input.combo(async (environment) => [
      ...(await listWeights('vae', environment)),
      ...(await tinyVaes(environment)),
    ]),
  },
  outputs: [{ type: 'VAE' }],
  async changeMark({ vae_name: name }, environment) {
    if (!isTiny(name)) return weightsMark('vae', [name], environment)
    return weightsMark('vae_approx', Object.values(await tinyVaeFiles(name, environment)), environment)
  },
  async execute({ vae_name: name }, context) {
    if (!isTiny(name)) {
      return [(await openVae(context.models, await requireModelPath('vae', name, context))) satisfies VaeValue]
    }
    const { decoder, encoder } = await tinyVaeFiles(name, context)
    if (!decoder || !encoder)
      throw new NodeError(`${name} needs ${name}_decoder and ${name}_encoder in models/vae_approx`)
    const [decoderPath, encoderPath] = await Promise.all(
      [decoder, encoder].map((file) => requireModelPath('vae_approx', file, context)),
    )
    const vae = await openTaesd(context.models, decoderPath!, encoderPath!)
    return [{ vae, latentScale: tiny[name] } satisfies VaeValue]
  },
})

function isTiny(name: unknown): name is keyof typeof tiny {
  return typeof name === 'string' && Object.hasOwn(tiny, name)
}

async function tinyVaes(environment: NodeEnvironment): Promise<string[]> {
  const found = await Promise.all(
    (Object.keys(tiny) as (keyof typeof tiny)[]).map(async (name) => {
      const { decoder, encoder } = await tinyVaeFiles(name, environment)
      return decoder && encoder ? [name] : []
    }),
  )
  return found.flat()
}
