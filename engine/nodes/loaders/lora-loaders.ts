/** @file LoraLoader and LoraLoaderModelOnly: small changes to a model, kept in files of their own. */
import type { DiffusionModel } from '../../diffusion/diffusion-model.ts'
import { addLora } from '../../models/diffusion/open-diffusion.ts'
import { type LoraFile, readLora } from '../../models/network/lora/read-lora.ts'
import type { Clip } from '../../models/text/clip.ts'
import { defineNode, input, type NodeContext, NodeError } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { listWeights, requireModelPath, weightsMark } from './model-path.ts'

const folder = 'loras'
const nameInput = () =>
  input.combo((environment) => listWeights(folder, environment), { tooltip: 'A file of models/loras' })
const strength = (what: string) =>
  input.float({
    default: 1,
    min: -100,
    max: 100,
    step: 0.01,
    tooltip: `How strongly ${what} is changed; negative turns it around`,
  })

export const loraLoader = defineNode({
  classType: 'LoraLoader',
  displayName: 'Load LoRA (Model and CLIP)',
  category: 'loaders',
  description: 'Changes a model and its text encoders by what a LoRA has learned. Several can be chained.',
  inputs: {
    model: link.model(),
    clip: link.clip(),
    lora_name: nameInput(),
    strength_model: strength('the model'),
    strength_clip: strength('the text encoder'),
  },
  outputs: [{ type: 'MODEL' }, { type: 'CLIP' }],
  changeMark: ({ lora_name }, environment) => weightsMark(folder, [lora_name], environment),
  async execute({ model, clip, lora_name, strength_model, strength_clip }, context) {
    if (strength_model === 0 && strength_clip === 0) return [model, clip]
    const lora = await openLora(lora_name, context)
    return applyLora(lora, { model, clip, strength: strength_model, clipStrength: strength_clip }, context)
  },
})

export const loraLoaderModelOnly = defineNode({
  classType: 'LoraLoaderModelOnly',
  displayName: 'Load LoRA',
  category: 'loaders',
  inputs: { model: link.model(), lora_name: nameInput(), strength_model: strength('the model') },
  outputs: [{ type: 'MODEL' }],
  changeMark: ({ lora_name }, environment) => weightsMark(folder, [lora_name], environment),
  async execute({ model, lora_name, strength_model }, context) {
    if (strength_model === 0) return [model]
    const lora = await openLora(lora_name, context)
    return applyLora(lora, { model, clip: null, strength: strength_model, clipStrength: 0 }, context).slice(0, 1)
  },
})

async function openLora(name: string, context: NodeContext): Promise<LoraFile> {
  return readLora(await requireModelPath(folder, name, context))
}

/**
 * Tells at the node what of the LoRA found no place. A LoRA for the model alone may have layers for text encoders.
 * @throws NodeError naming the LoRA when nothing of it belongs to the model: it is of another family
 */
function applyLora(
  lora: LoraFile,
  on: { model: DiffusionModel; clip: Clip | null; strength: number; clipStrength: number },
  context: NodeContext,
): [DiffusionModel, Clip | null] {
  const { unet, match } = addLora(on.model.unet, lora, on.strength)
  const text = on.clip?.withLora(lora, on.clipStrength)
  const matched = match.matched + (text?.match.matched ?? 0)
  if (matched === 0) {
    throw new NodeError(
      `${lora.file.name} has nothing for this model: it was made for a model of another family, or for parts that are not here`,
    )
  }
  const left = [...match.unmatched, ...(text?.match.unmatched ?? []), ...lora.unknown]
  if (left.length > 0) {
    const all = matched + left.length
    context.sendText(`${left.length} of ${all} parts of ${lora.file.name} found no place, the first is "${left[0]}"`)
  }
  return [{ ...on.model, unet }, text?.clip ?? null]
}
