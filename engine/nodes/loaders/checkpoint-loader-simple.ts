/** @file CheckpointLoaderSimple: model, text encoders and VAE out of one `.safetensors` file. */
import { modelOf } from '../../diffusion/open-model.ts'
import { openDiffusionModel } from '../../models/diffusion/open-diffusion.ts'
import { createClip } from '../../models/text/clip.ts'
import { findTextEncoders } from '../../models/text/clip-architecture.ts'
import { defineNode, input, MissingValue } from '../define.ts'
import { listWeights, requireModelPath, weightsMark } from './model-path.ts'

const folder = 'checkpoints'

export const checkpointLoaderSimple = defineNode({
  classType: 'CheckpointLoaderSimple',
  displayName: 'Load Checkpoint',
  category: 'loaders',
  description:
    'Opens a diffusion model: what takes the noise away, what reads the text, and what makes pictures of latents.',
  inputs: {
    ckpt_name: input.combo((environment) => listWeights(folder, environment), {
      tooltip: 'A .safetensors file of models/checkpoints',
    }),
  },
  outputs: [
    { type: 'MODEL', tooltip: 'What takes the noise away' },
    { type: 'CLIP', tooltip: 'What reads the text' },
    { type: 'VAE', tooltip: 'What makes pictures of latents, and latents of pictures' },
  ],
  changeMark: ({ ckpt_name }, environment) => weightsMark(folder, [ckpt_name], environment),
  async execute({ ckpt_name: name }, context) {
    const path = await requireModelPath(folder, name, context)
    const opened = await openDiffusionModel(context.models, path)
    const hasText = findTextEncoders(opened.file).length > 0
    return [
      modelOf(opened),
      hasText
        ? createClip([opened.file], { store: context.models, loadTokenizer: context.models.clipTokenizer })
        : new MissingValue(`${name} has no text encoder (CLIP). Load one with CLIPLoader and connect that.`),
      opened.vae
        ? { vae: opened.vae, latentScale: 1 }
        : new MissingValue(`${name} has no VAE. Load one with VAELoader and connect that.`),
    ]
  },
})
