/** @file What a file is, by its tensors alone: families, variants, both sets of names, and what is refused with which words. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../create-store.ts'
import type { Layers } from '../network/layers.ts'
import { expectResult, pattern, readExpectations, readExpectedNames } from '../testing/expected-values.ts'
import { shapesOf } from '../testing/tiny-network.ts'
import { type TinyFileOptions, writeSparseSafetensors, writeTinySafetensors } from '../testing/tiny-weights.ts'
import { buildControlHint, buildControlNet } from './control/build-controlnet.ts'
import { buildT2iAdapter } from './control/build-t2i-adapter.ts'
import { openControl, openDiffusionModel, openTaesd, openVae } from './open-diffusion.ts'
import { buildUNet } from './unet/build-unet.ts'
import { knownUNets, type UNetConfig } from './unet/config.ts'
import { diffusersUNetName } from './unet/names.ts'
import type { UNet } from './unet/unet.ts'
import { buildTaesdDecoder, buildTaesdEncoder } from './vae/build-taesd.ts'
import { buildVaeDecoder, buildVaeEncoder, knownVae } from './vae/build-vae.ts'
import { diffusersVaeName } from './vae/names.ts'

const testdata = new URL('../testdata/diffusion-networks.json', import.meta.url)
const expectations = await readExpectations(testdata)
const names = await readExpectedNames(testdata)

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'detect-'))
})
afterAll(() => rm(directory, { recursive: true }))

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 2, log: () => undefined })
afterEach(() => store.unloadAll())

type Shapes = Map<string, readonly number[]>
const unetPrefix = 'model.diffusion_model.'
const unetShapes = (config: UNetConfig, prefix = unetPrefix) =>
  shapesOf((layers) => buildUNet(layers, config, { control: false, adapter: false }), prefix)
const vae = knownVae(32)
const buildVae = (layers: Layers) => {
  buildVaeDecoder(layers, vae)
  buildVaeEncoder(layers, vae)
}

async function save(name: string, shapes: Shapes, options?: TinyFileOptions): Promise<string> {
  const path = join(directory, name)
  await writeTinySafetensors(path, shapes, options)
  return path
}

/** The same tensors under other names: values go with the original ones. */
function renamed(shapes: Shapes, prefix: string, nameOf: (name: string) => string) {
  const original = new Map([...shapes.keys()].map((name) => [nameOf(name.slice(prefix.length)), name]))
  const file: Shapes = new Map([...original].map(([name, from]) => [name, shapes.get(from)!]))
  return { file, ruleName: (name: string) => original.get(name)! }
}

async function predict(unet: UNet, height: number, width: number) {
  const { config } = unet
  const shape = [2, config.inChannels, height, width] as const
  const data = await unet.predict({
    x: pattern(shape, 1),
    shape,
    timesteps: Float32Array.of(999, 321.5),
    context: pattern([2, 77, config.contextWidth], 2),
    contextShape: [2, 77, config.contextWidth],
    ...(config.labelWidth !== null && { y: pattern([2, config.labelWidth], 3) }),
  })
  return { data, shape: [2, 4, height, width] }
}

describe('a diffusion model', () => {
  it.each<[string, family: string, UNetConfig]>([
    ['SD 1', 'sd1', knownUNets.sd1(32)],
    ['SD 1 inpainting', 'sd1', { ...knownUNets.sd1(32), inChannels: 9 }],
    ['InstructPix2Pix', 'sd1', { ...knownUNets.sd1(32), inChannels: 8 }],
    ['SD 2', 'sd2', knownUNets.sd2(64)],
    ['SDXL', 'sdxl', knownUNets.sdxl(32)],
    ['the SDXL refiner', 'sdxl-refiner', knownUNets.sdxlRefiner(32)],
  ])('%s is told by its tensors, whole or alone, under either set of names', async (_name, family, config) => {
    const shapes = unetShapes(config)
    const whole = new Map([...shapes, ...shapesOf(buildVae, 'first_stage_model.'), ['model_ema.decay', []]] as const)
    const path = join(directory, 'whole.safetensors')
    await writeSparseSafetensors(path, whole)
    const model = await openDiffusionModel(store, path)
    expect(model).toMatchObject({ family, unet: { config }, vae: { latentChannels: 4, factor: 8 } })
    expect(model.prediction).toEqual({ type: 'epsilon', zeroTerminalSnr: false })

    const alone = join(directory, 'unet.safetensors')
    await writeSparseSafetensors(alone, unetShapes(config, ''))
    expect(await openDiffusionModel(store, alone)).toMatchObject({ family, unet: { config }, vae: null })

    await writeSparseSafetensors(alone, renamed(shapes, unetPrefix, diffusersUNetName(config)).file)
    expect(await openDiffusionModel(store, alone)).toMatchObject({ family, unet: { config }, vae: null })
  })

  it.each(['sd1', 'sdxl'] as const)('%s under the names of diffusers computes the same', async (family) => {
    const config = knownUNets[family](32)
    const { file, ruleName } = renamed(unetShapes(config), unetPrefix, diffusersUNetName(config))
    const { unet } = await openDiffusionModel(store, await save(`${family}.safetensors`, file, { ruleName }))
    expectResult(await predict(unet, 16, 24), expectations[`unet ${family} 16x24`]!)
  })

  it('predicts v when the file says so, or when SD 2 spreads as its 768-pixel models do', async () => {
    const shapes = unetShapes(knownUNets.sdxl(32))
    const path = join(directory, 'v.safetensors')
    await writeSparseSafetensors(path, new Map([...shapes, ['v_pred', [0]], ['ztsnr', [0]]] as const))
    expect((await openDiffusionModel(store, path)).prediction).toEqual({ type: 'v_prediction', zeroTerminalSnr: true })
    const second = unetShapes(knownUNets.sd2(64))
    const tell = `${unetPrefix}output_blocks.11.1.transformer_blocks.0.norm1.bias`
    for (const [deviation, type] of [
      [0.0905, 'v_prediction'],
      [0.0895, 'epsilon'],
    ] as const) {
      const values = new Map([[tell, Float32Array.from({ length: 64 }, (_, at) => (at % 2 ? deviation : -deviation))]])
      const model = await openDiffusionModel(store, await save('second.safetensors', second, { values }))
      expect(model.prediction.type).toBe(type)
    }
  })

  it.each<[what: string, tensors: [string, number[]][], says: RegExp]>([
    ['Flux', [['double_blocks.0.img_attn.norm.key_norm.scale', [8]]], /is a Flux model, which is not supported yet/],
    [
      'Stable Diffusion 3',
      [['model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight', [8, 8]]],
      /is a Stable Diffusion 3 model, which is not supported yet. Supported are Stable Diffusion 1, 2, XL/,
    ],
    ['something else', [['layers.0.weight', [8, 8]]], /holds no diffusion model that this engine knows/],
    [
      'a UNet of text of another width',
      [...unetShapes({ ...knownUNets.sd1(64), contextWidth: 640 })] as [string, number[]][],
      /is of a family that is not supported: its UNet takes text of width 640/,
    ],
    [
      'a UNet whose channels make no whole heads',
      [...unetShapes({ ...knownUNets.sd1(32), contextWidth: 1024 })] as [string, number[]][],
      /has 32 channels where heads of 64 are expected/,
    ],
    [
      'part of a UNet',
      [
        ['model.diffusion_model.input_blocks.0.0.weight', [32, 4, 3, 3]],
        ['model.diffusion_model.out.2.weight', [4, 32, 3, 3]],
      ],
      /has part of a UNet only/,
    ],
  ])('%s is refused by name', async (_what, tensors, says) => {
    const path = join(directory, 'refused.safetensors')
    await writeSparseSafetensors(path, new Map(tensors))
    await expect(openDiffusionModel(store, path)).rejects.toThrow(says)
    await expect(openDiffusionModel(store, path)).rejects.toThrow(/^refused\.safetensors/)
  })

  it('that lacks a tensor says which one when it is used', async () => {
    const shapes = unetShapes(knownUNets.sd1(32))
    shapes.delete(`${unetPrefix}middle_block.1.proj_in.weight`)
    const { unet } = await openDiffusionModel(store, await save('lacking.safetensors', shapes))
    await expect(predict(unet, 8, 8)).rejects.toThrow(
      /^lacking\.safetensors has no tensor "middle_block\.1\.proj_in\.weight"/,
    )
  })
})

describe('a VAE', () => {
  const prefix = 'first_stage_model.'
  it.each([false, true])('under the names of diffusers (older ones: %s) computes the same', async (older) => {
    const { file, ruleName } = renamed(shapesOf(buildVae, prefix), prefix, diffusersVaeName(4, older))
    const { vae: opened } = await openVae(store, await save('vae.safetensors', file, { ruleName }))
    const latent = { data: pattern([2, 4, 5, 7], 4), shape: [2, 4, 5, 7] as const }
    expectResult(await opened.decode(latent), expectations['vae decoder 5x7']!)
    const picture = { data: pattern([1, 3, 72, 40], 5), shape: [1, 3, 72, 40] as const }
    expectResult(await opened.encode(picture), expectations['vae encoder 72x40']!)
  })

  it('may be TAESD, in one file or two, and is refused when it is neither', async () => {
    const config = { channels: 16, latentChannels: 4 }
    const shapes = (build: typeof buildTaesdDecoder, at: string) => shapesOf((layers) => build(layers, config), at)
    const decoder = await save('taesd_decoder.safetensors', shapes(buildTaesdDecoder, ''), {
      ruleName: (name) => `taesd_decoder.${name}`,
    })
    const encoder = await save('taesd_encoder.safetensors', shapes(buildTaesdEncoder, ''))
    const latent = { data: pattern([1, 4, 5, 7], 4, 2), shape: [1, 4, 5, 7] as const }
    const picture = await (await openTaesd(store, decoder, encoder)).decode(latent)
    const unit = { data: picture.data.map((value) => (value + 1) / 2), shape: picture.shape }
    expectResult(unit, expectations['taesd decoder 5x7']!)
    const both = new Map([
      ...shapes(buildTaesdDecoder, 'taesd_decoder.'),
      ...shapes(buildTaesdEncoder, 'taesd_encoder.'),
    ])
    const scale = new Map([['vae_scale', Float32Array.of(0.13025)]])
    const told = await save('told.safetensors', new Map([...both, ['vae_scale', []]]), { values: scale })
    const opened = await openVae(store, told)
    expect(opened).toMatchObject({ vae: { latentChannels: 4 } })
    expect(opened.latentScale).toBeCloseTo(0.13025, 6)
    await expect(openVae(store, await save('both.safetensors', both))).rejects.toThrow(
      'both.safetensors is a TAESD and does not say of which model: it goes into models/vae_approx',
    )
    await expect(openTaesd(store, encoder, decoder)).rejects.toThrow('taesd_encoder.safetensors is no decoder of TAESD')
    const none = await save('none.safetensors', new Map([['a', [1]]]))
    await expect(openVae(store, none)).rejects.toThrow('none.safetensors holds no VAE that this engine knows')
  })
})

describe('a control', () => {
  it.each(['sd1', 'sdxl'] as const)('ControlNet of %s is told under either set of names', async (family) => {
    const unet = knownUNets[family](32)
    const config = { ...unet, levels: unet.levels.map((level) => ({ ...level, up: [] })), hintChannels: 3 }
    const build = (layers: Layers) => {
      buildControlNet(layers, config)
      buildControlHint(layers, config)
    }
    const shapes = shapesOf(build, 'control_model.')
    const path = join(directory, 'control.safetensors')
    await writeSparseSafetensors(path, shapes)
    expect(await openControl(store, path)).toMatchObject({ kind: 'controlnet', config })
    const { file } = renamed(shapes, 'control_model.', diffusersUNetName(config))
    await writeSparseSafetensors(path, file)
    expect(await openControl(store, path)).toMatchObject({ kind: 'controlnet', config })
    // Its residuals are pooled by the name alone: no tensor tells.
    for (const [name, isPooled] of [
      ['control_v11e_sd15_shuffle', true],
      ['control_v11e_sd15_shuffle_fp16', true],
      ['shuffle_control', false],
    ] as const) {
      const renamedPath = join(directory, `${name}.safetensors`)
      await writeSparseSafetensors(renamedPath, file)
      expect(await openControl(store, renamedPath)).toMatchObject({ kind: 'controlnet', isPooled })
    }
    expectNames(`controlnet ${family}`, shapes, 'control_model.', diffusersUNetName(config))
  })

  it.each([
    [8, [false, true, true, true]],
    [16, [false, false, true, false]],
  ])('T2I-Adapter over squares of %i is told, and others are refused', async (unshuffle, halves) => {
    const config = { hintChannels: 3, unshuffle, channels: [32, 64, 128, 128], halves }
    const path = await save(
      'adapter.safetensors',
      shapesOf((layers) => buildT2iAdapter(layers, config), 'adapter.'),
    )
    expect(await openControl(store, path)).toMatchObject({ kind: 't2i-adapter', config })
    const union = await save('union.safetensors', new Map([['task_embedding', [6, 8]]]))
    await expect(openControl(store, union)).rejects.toThrow(/^union\.safetensors is a union ControlNet, which is not/)
    const none = await save('none.safetensors', new Map([['a', [1]]]))
    await expect(openControl(store, none)).rejects.toThrow(/^none\.safetensors is no ControlNet/)
  })
})

function expectNames(label: string, shapes: Shapes, prefix: string, nameOf: (name: string) => string): void {
  const pairs = [...shapes.keys()].map((name) => name.slice(prefix.length)).map((name) => `${name} ${nameOf(name)}`)
  const sha256 = createHash('sha256').update(pairs.sort().join('\n')).digest('hex')
  expect({ count: pairs.length, sha256 }).toEqual(names[label])
}

it("pairs every original name with diffusers' own", () => {
  const unets: [string, UNetConfig][] = [
    ['unet sd1', knownUNets.sd1(32)],
    ['unet sd2', knownUNets.sd2(64)],
    ['unet sdxl', knownUNets.sdxl(32)],
    ['unet sdxl-refiner', knownUNets.sdxlRefiner(32)],
  ]
  for (const [label, config] of unets) expectNames(label, unetShapes(config), unetPrefix, diffusersUNetName(config))
  expectNames('vae', shapesOf(buildVae, 'vae.'), 'vae.', diffusersVaeName(4, false))
})
