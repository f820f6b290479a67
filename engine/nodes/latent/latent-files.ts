/**
 * @file SaveLatent and LoadLatent: latents as `.latent` files, which are safetensors files with one tensor of values and an
 * empty one that says in which scale they are.
 */
import type { LatentValue } from '../../diffusion/latent-value.ts'
import { readSafetensors } from '../../models/safetensors/read-safetensors.ts'
import { readTensorValues } from '../../models/safetensors/tensor-values.ts'
import { writeSafetensors } from '../../models/safetensors/write-safetensors.ts'
import { defineNode, input, NodeError } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { embeddedTexts } from '../embedded-texts.ts'
import { inputFileCheck, inputFileMark, requireInputFile } from '../input-file.ts'

const tensorName = 'latent_tensor'
/** In files that have it the values are as a VAE encodes them. */
const scaleMark = 'latent_format_version_0'
/** Files without the mark hold values times Stable Diffusion 1's scale, 0.18215, which was the only one then. */
const fromOldScale = Math.fround(1 / 0.18215)
/** One read gives no more. A size that is typed wrong must not end the process. */
const mostBytes = 2 ** 31 - 1
/** Pixels of the picture for one position of the latent. */
const downscale = 8

export const saveLatent = defineNode({
  classType: 'SaveLatent',
  displayName: 'Save Latent',
  category: '_for_testing',
  description: 'Saves a batch of latents as one file in the output directory.',
  experimental: true,
  isOutputNode: true,
  searchAliases: ['export latent'],
  inputs: { samples: link.latent(), filename_prefix: input.string({ default: 'latents/ComfyUI' }) },
  hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
  outputs: [],
  async execute({ samples, filename_prefix }, context) {
    const [, , height, width] = samples.shape
    const metadata = Object.fromEntries(embeddedTexts(context).map(({ keyword, text }) => [keyword, text]))
    const tensors = [
      { name: scaleMark, shape: [0], data: new Float32Array(0) },
      { name: tensorName, shape: samples.shape, data: samples.data },
    ]
    const file = await context.outputs.write({
      prefix: filename_prefix,
      extension: 'latent',
      destination: 'output',
      batchIndex: 0,
      width: width * downscale,
      height: height * downscale,
      write: (path) => writeSafetensors(path, tensors, metadata),
    })
    return { ui: { latents: [file] } }
  },
})

export const loadLatent = defineNode({
  classType: 'LoadLatent',
  displayName: 'Load Latent',
  category: '_for_testing',
  description: 'Loads the latents of a file of the input directory.',
  experimental: true,
  searchAliases: ['import latent', 'open latent'],
  inputs: { latent: input.combo((environment) => environment.listInputFiles(['latent'])) },
  outputs: [{ type: 'LATENT' }],
  validate: inputFileCheck('latent', 'latent'),
  changeMark: inputFileMark('latent', 'latent'),
  execute: async ({ latent }, context) => [await readLatent(await requireInputFile(latent, 'latent', context))],
})

/** @throws NodeError naming the file, when it is damaged, no latent, or one of a video */
async function readLatent(path: string): Promise<LatentValue> {
  const file = await readSafetensors(path)
  const entry = file.tensors.get(tensorName)
  if (!entry)
    throw new NodeError(`${file.name} is no latent: it holds no tensor "${tensorName}". Save one with SaveLatent.`)
  const { shape } = entry
  if (shape.length !== 4 || shape.includes(0)) {
    throw new NodeError(
      `${file.name} holds a latent of the shape [${shape.join(', ')}]; needed is one of pictures: [batch, channels, height, width]`,
    )
  }
  if (entry.bytes > mostBytes) {
    throw new NodeError(
      `${file.name} holds ${entry.bytes} bytes of latents, which do not fit in memory. Save fewer at a time.`,
    )
  }
  const data = await readTensorValues(file, tensorName)
  if (!file.tensors.has(scaleMark)) for (let at = 0; at < data.length; at += 1) data[at]! *= fromOldScale
  return { data, shape: shape as [number, number, number, number] }
}
