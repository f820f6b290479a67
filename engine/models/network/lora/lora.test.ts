/** @file LoRAs on a UNet, against changed weights in PyTorch (`scripts/reference/diffusion_networks.py`, section `loras`). */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createModelStore } from '../../create-store.ts'
import { addLora } from '../../diffusion/open-diffusion.ts'
import { buildUNet } from '../../diffusion/unet/build-unet.ts'
import { knownUNets } from '../../diffusion/unet/config.ts'
import { createUNet, type UNet } from '../../diffusion/unet/unet.ts'
import { expectResult, pattern, readExpectations } from '../../testing/expected-values.ts'
import { tinySource } from '../../testing/tiny-network.ts'
import { tinyTensor, writeTinySafetensors } from '../../testing/tiny-weights.ts'
import { readLora } from './read-lora.ts'

const expectations = await readExpectations(new URL('../../testdata/diffusion-networks.json', import.meta.url))
const config = knownUNets.sd1(32)
const events: string[] = []
const log = (_level: string, message: string) => void events.push(message)
const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 2, log })

let directory: string
let plain: UNet
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lora-'))
  const build = (layers: Parameters<typeof buildUNet>[0]) =>
    buildUNet(layers, config, { control: false, adapter: false })
  const source = await tinySource(join(directory, 'sd1.safetensors'), build, 'model.diffusion_model.')
  plain = createUNet({ store, source, config })
})
afterAll(async () => {
  await store.unloadAll()
  await rm(directory, { recursive: true })
})

const alpha = (name: string) => [`${name}.alpha`, []] as [string, number[]]

const q = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q'
const projection = 'lora_unet_mid_block_attentions_0_proj_in'
const kernel = 'lora_unet_up_blocks_1_resnets_0_conv1'
const halving = 'lora_unet_down_blocks_0_downsamplers_0_conv'
const kohya: [string, number[]][] = [
  [`${q}.lora_down.weight`, [4, 32]],
  [`${q}.lora_up.weight`, [32, 4]],
  alpha(q),
  [`${projection}.lora_down.weight`, [4, 128, 1, 1]],
  [`${projection}.lora_up.weight`, [128, 4, 1, 1]],
  [`${kernel}.lora_down.weight`, [4, 256, 3, 3]],
  [`${kernel}.lora_up.weight`, [128, 4, 1, 1]],
  alpha(kernel),
  [`${halving}.lora_down.weight`, [4, 32, 1, 1]],
  [`${halving}.lora_mid.weight`, [4, 4, 3, 3]],
  [`${halving}.lora_up.weight`, [32, 4, 1, 1]],
  alpha(halving),
]

const peft: [string, number[]][] = [
  ['unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight', [2, 32]],
  ['unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight', [32, 2]],
  ['unet.up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_k.lora_A.weight', [2, 768]],
  ['unet.up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_k.lora_B.weight', [32, 2]],
]

const hada = 'lora_unet_input_blocks_1_1_transformer_blocks_0_ff_net_0_proj'
const hadaKernel = 'lora_unet_input_blocks_2_0_in_layers_2'
const kronecker = 'lora_unet_middle_block_1_transformer_blocks_0_attn1_to_out_0'
const direction = 'lora_unet_output_blocks_11_1_transformer_blocks_0_attn1_to_v'
const lycoris: [string, number[]][] = [
  [`${hada}.hada_w1_a`, [256, 4]],
  [`${hada}.hada_w1_b`, [4, 32]],
  [`${hada}.hada_w2_a`, [256, 4]],
  [`${hada}.hada_w2_b`, [4, 32]],
  alpha(hada),
  ...['w1_a', 'w1_b', 'w2_a', 'w2_b'].map((part) => [`${hadaKernel}.hada_${part}`, [4, 32]] as [string, number[]]),
  [`${hadaKernel}.hada_t1`, [4, 4, 3, 3]],
  [`${hadaKernel}.hada_t2`, [4, 4, 3, 3]],
  alpha(hadaKernel),
  [`${kronecker}.lokr_w1`, [8, 4]],
  [`${kronecker}.lokr_w2_a`, [16, 4]],
  [`${kronecker}.lokr_w2_b`, [4, 32]],
  alpha(kronecker),
  [`${direction}.lora_down.weight`, [4, 32]],
  [`${direction}.lora_up.weight`, [32, 4]],
  [`${direction}.dora_scale`, [32, 1]],
  alpha(direction),
  ['lora_unet_output_blocks_11_1_transformer_blocks_0_attn1_to_k.diff', [32, 32]],
]

async function save(name: string, tensors: [string, number[]][]) {
  const path = join(directory, name)
  const shapes = new Map(tensors)
  const alphas = [...shapes.keys()].filter((key) => key.endsWith('.alpha'))
  await writeTinySafetensors(path, shapes, { values: new Map(alphas.map((key) => [key, Float32Array.of(3)])) })
  return readLora(path)
}

async function predict(unet: UNet) {
  const shape = [2, 4, 8, 12] as const
  const data = await unet.predict({
    x: pattern(shape, 1),
    shape,
    timesteps: Float32Array.of(999, 321.5),
    context: pattern([2, 77, 768], 2),
    contextShape: [2, 77, 768],
  })
  return { data, shape }
}

it("kohya's names: matrices, 1x1 and 3x3 kernels, with a core; a new strength reopens nothing", async () => {
  const lora = await save('kohya.safetensors', kohya)
  const strong = addLora(plain, lora, 2.5)
  expect(strong.match).toEqual({ matched: 4, unmatched: [] })
  expectResult(await predict(strong.unet), expectations['lora kohya 2.5']!)
  events.length = 0
  expectResult(await predict(addLora(plain, lora, -1).unet), expectations['lora kohya -1']!)
  expect(events).toEqual([])
})

it("PEFT's names", async () => {
  const { unet, match } = addLora(plain, await save('peft.safetensors', peft), 1)
  expect(match.matched).toBe(2)
  expectResult(await predict(unet), expectations['lora peft 1']!)
})

it('LoHa, LoKr, DoRA and whole differences, under the original names', async () => {
  const { unet, match } = addLora(plain, await save('lycoris.safetensors', lycoris), 0.7)
  expect(match).toEqual({ matched: 5, unmatched: [] })
  expectResult(await predict(unet), expectations['lora lycoris 0.7']!)
})

it('several at once, some on the same layer', async () => {
  let unet = plain
  for (const [file, strength] of [
    [await save('kohya.safetensors', kohya), 2.5],
    [await save('peft.safetensors', peft), 1],
    [await save('lycoris.safetensors', lycoris), 0.7],
  ] as const) {
    unet = addLora(unet, file, strength).unet
  }
  expectResult(await predict(unet), expectations['lora all']!)
})

it('at strength 0 is the plain network', async () => {
  const { unet } = addLora(plain, await save('kohya.safetensors', kohya), 0)
  const [without, zero] = [await predict(plain), await predict(unet)]
  expect(Math.max(...zero.data.map((value, at) => Math.abs(value - without.data[at]!)))).toBeLessThan(1e-6)
})

it('knows the older names of diffusers, and tells text encoders from the UNet', async () => {
  const lora = await save('older.safetensors', [
    ['unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.down.weight', [4, 32]],
    ['unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.up.weight', [32, 4]],
    ['lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight', [4, 8]],
    ['lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight', [4, 8]],
    ['text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_A.weight', [4, 8]],
    ['something.else', [1]],
  ])
  expect(addLora(plain, lora, 1).match).toEqual({ matched: 1, unmatched: [] })
  expect([...lora.layers.get('te1')!.keys()]).toEqual([
    'text_model_encoder_layers_0_self_attn_q_proj',
    'text_model_encoder_layers_1_self_attn_q_proj',
  ])
  expect([...lora.layers.get('te2')!.keys()]).toEqual(['text_model_encoder_layers_0_mlp_fc1'])
  expect(lora.unknown).toEqual(['something.else'])
})

it('finds the same layers under every name that trainers give them', async () => {
  const attention = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1'
  const plainAttention = attention.replaceAll('.', '_')
  const values = (parts: readonly [down: string, up: string][]) =>
    new Map(
      parts.flatMap(([down, up], index) => [
        [down, tinyTensor(`down ${index}`, [4, 32])] as const,
        [up, tinyTensor(`up ${index}`, [32, 4])] as const,
      ]),
    )
  const dialects = {
    kohya: ['to_q', 'to_out_0'].map((layer) => `lora_unet_${plainAttention}_${layer}.lora_#.weight`),
    SimpleTuner: ['to_q', 'to_out_0'].map((layer) => `lycoris_${plainAttention}_${layer}.lora_#.weight`),
    PEFT: ['to_q', 'to_out.0'].map((layer) => `unet.${attention}.${layer}.lora.#.weight`),
    processors: ['to_q', 'to_out'].map((layer) => `unet.${attention}.processor.${layer}_lora.#.weight`),
    'processors without a prefix': ['to_q', 'to_out'].map((layer) => `${attention}.processor.${layer}_lora.#.weight`),
  }
  const changed: Record<string, UNet> = {}
  for (const [dialect, names] of Object.entries(dialects)) {
    const parts = names.map((name) => [name.replace('#', 'down'), name.replace('#', 'up')] as [string, string])
    const path = join(directory, `${dialect}.safetensors`)
    const shapes = new Map(
      parts.flatMap(([down, up]): [string, number[]][] => [
        [down, [4, 32]],
        [up, [32, 4]],
      ]),
    )
    await writeTinySafetensors(path, shapes, { values: values(parts) })
    const lora = await readLora(path)
    const { unet, match } = addLora(plain, lora, 1)
    expect({ dialect, match, unknown: lora.unknown }).toEqual({
      dialect,
      match: { matched: 2, unmatched: [] },
      unknown: [],
    })
    changed[dialect] = unet
  }
  expect(await predict(changed.processors!)).toEqual(await predict(changed.kohya!))
})

it('reports layers that the network does not have, and refuses a LoRA of another family', async () => {
  const strange = 'lora_unet_down_blocks_7_attentions_0_proj_in'
  const lora = await save('strange.safetensors', [...peft, [`${strange}.lora_down.weight`, [4, 32]]])
  expect(addLora(plain, lora, 1).match.unmatched).toEqual([`${strange}.lora_down.weight`])
  const other = await save('sdxl.safetensors', [
    ['unet.up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_k.lora_A.weight', [2, 2048]],
    ['unet.up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_k.lora_B.weight', [32, 2]],
  ])
  expect(() => addLora(plain, other, 1)).toThrow(
    /^sdxl\.safetensors was made for a model of another family: .* maps 2048 to 32 values, the model's 768 to 32/,
  )
  await expect(save('none.safetensors', [['model.0.weight', [3, 3]]])).rejects.toThrow(
    'none.safetensors is no LoRA that this engine knows: its first tensor is "model.0.weight"',
  )
})
