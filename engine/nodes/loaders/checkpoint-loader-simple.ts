/** @file CheckpointLoaderSimple: model, text encoders and VAE out of one `.safetensors` file. */
import { modelOf } from '../../diffusion/open-model.ts'
import { openDiffusionModel } from '../../models/diffusion/open-diffusion.ts'
import { createClip } from '../../models/text/clip.ts'
import { defineNode, input, NodeError } from '../define.ts'
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
    if (!opened.vae) {
      throw new NodeError(`${name} has no VAE: load its parts with UNETLoader, CLIPLoader and VAELoader`)
    }
    const clip = createClip([opened.file], { store: context.models, loadTokenizer: context.models.clipTokenizer })
    return [modelOf(opened), clip, { vae: opened.vae, latentScale: 1 }]
  },
})
