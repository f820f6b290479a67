/** @file What LoRA loaders say of a file that fits in part. No network is opened. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DiffusionModel } from '../../diffusion/diffusion-model.ts'
import { modelOf } from '../../diffusion/open-model.ts'
import { createModelStore } from '../../models/create-store.ts'
import { openDiffusionModel } from '../../models/diffusion/open-diffusion.ts'
import { buildUNet } from '../../models/diffusion/unet/build-unet.ts'
import { knownUNets } from '../../models/diffusion/unet/config.ts'
import { shapesOf } from '../../models/testing/tiny-network.ts'
import { writeSparseSafetensors } from '../../models/testing/tiny-weights.ts'
import { type Clip, createClip } from '../../models/text/clip.ts'
import { createTokenizerLoader } from '../../models/text/clip-tokenizer.ts'
import { clipShapes } from '../../models/text/testing/clip-shapes.ts'
import { createTestBench, type TestBench } from '../testing/context.ts'
import { loraLoader, loraLoaderModelOnly } from './lora-loaders.ts'

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 1, log: () => undefined })
let bench: TestBench
let model: DiffusionModel
let clip: Clip

beforeAll(async () => {
  bench = await createTestBench()
  bench.context.findModel = async (_folder, name) => join(bench.root, name)
  const path = join(bench.root, 'checkpoint.safetensors')
  const prefix = 'cond_stage_model.transformer.'
  await writeSparseSafetensors(
    path,
    new Map([
      ...shapesOf(
        (layers) => buildUNet(layers, knownUNets.sd1(32), { control: false, adapter: false }),
        'model.diffusion_model.',
      ),
      ...clipShapes({ kind: 'clip_l', layout: 'transformers', prefix, width: 768, layers: 1 }),
    ]),
  )
  const opened = await openDiffusionModel(store, path)
  model = modelOf(opened)
  clip = createClip([opened.file], { store, loadTokenizer: createTokenizerLoader() })
})
afterAll(() => bench.remove())

const inUNet = 'lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q'
const inText = 'lora_te_text_model_encoder_layers_0_mlp_fc1'
const beyondText = 'lora_te_text_model_encoder_layers_30_mlp_fc1'
const lowRank = (layer: string, inputs: number, outputs: number): [string, number[]][] => [
  [`${layer}.lora_down.weight`, [4, inputs]],
  [`${layer}.lora_up.weight`, [outputs, 4]],
]

/** Runs LoraLoader, or the loader for the model alone, with a LoRA of these tensors. @returns what it says */
async function load(tensors: [string, number[]][], loader: 'both' | 'model' = 'both'): Promise<string[]> {
  bench.texts.length = 0
  await writeSparseSafetensors(join(bench.root, 'style.safetensors'), new Map(tensors))
  const inputs = { model, lora_name: 'style.safetensors', strength_model: 1 }
  await (loader === 'both'
    ? loraLoader.execute({ ...inputs, clip, strength_clip: 1 }, bench.context)
    : loraLoaderModelOnly.execute(inputs, bench.context))
  return [...bench.texts]
}

it('says nothing when every part finds its place', async () => {
  expect(await load([...lowRank(inUNet, 32, 32), ...lowRank(inText, 768, 3072)])).toEqual([])
})

it('says how much found no place: layers that are not there and kinds that are not known', async () => {
  const tensors: [string, number[]][] = [
    ...lowRank(inUNet, 32, 32),
    ...lowRank(beyondText, 768, 3072),
    [`${inUNet}.diff_b`, [32]],
  ]
  expect(await load(tensors)).toEqual([
    `2 of 3 parts of style.safetensors found no place, the first is "${beyondText}.lora_down.weight"`,
  ])
})

it('for the model alone, leaves the parts for text encoders out of account', async () => {
  expect(await load([...lowRank(inUNet, 32, 32), ...lowRank(inText, 768, 3072)], 'model')).toEqual([])
})

it('is refused when neither model nor text encoder has any of its layers', async () => {
  await expect(load(lowRank(beyondText, 768, 3072))).rejects.toThrow(
    'style.safetensors has nothing for this model: it was made for a model of another family',
  )
})
