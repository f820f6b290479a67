/**
 * @file Whole checkpoints of every family for tests: real names and layout, narrow networks, text encoders of real width with
 * three layers. Their numbers follow the rule of `tiny-weights.ts`, so `scripts/reference/text_to_image.py` has the same
 * models. Of the vocabularies only the rows of given tokens are written.
 */
import { buildUNet } from '../diffusion/unet/build-unet.ts'
import { knownUNets, type UNetConfig } from '../diffusion/unet/config.ts'
import { diffusersUNetName } from '../diffusion/unet/names.ts'
import { buildVaeDecoder, buildVaeEncoder, knownVae } from '../diffusion/vae/build-vae.ts'
import { diffusersVaeName } from '../diffusion/vae/names.ts'
import type { Layers } from '../network/layers.ts'
import { type ClipSize, clipShapes } from '../text/testing/clip-shapes.ts'
import { shapesOf } from './tiny-network.ts'
import { type Shapes, tinyTensor, writeTinySafetensors } from './tiny-weights.ts'

interface TinyFamily {
  unet: UNetConfig
  encoders: readonly ClipSize[]
  /** Tensors whose values are a multiple of the rule's. */
  scaled?: ReadonlyMap<string, number>
}

const unetPrefix = 'model.diffusion_model.'
const vaePrefix = 'first_stage_model.'
const vae = knownVae(32)

const clipL = (prefix: string): ClipSize => ({
  kind: 'clip_l',
  layout: 'transformers',
  prefix,
  width: 768,
  layers: 3,
  hiddenWidth: 256,
})
const openClip = (kind: 'clip_h' | 'clip_g', prefix: string): ClipSize => {
  const width = kind === 'clip_h' ? 1024 : 1280
  return { kind, layout: 'openclip', prefix, width, layers: 3, hiddenWidth: 256, projection: width }
}

/** As the published network is at every level, with fewer transformer blocks. */
function shallow(config: UNetConfig, depths: readonly number[]): UNetConfig {
  const levels = config.levels.map((level, index) => {
    const depthOf = (depth: number) => Math.min(depth, depths[index]!)
    return { ...level, down: level.down.map(depthOf), up: level.up.map(depthOf) }
  })
  return { ...config, levels, middleDepth: depths.at(-1)! }
}

const sd1Encoders = [clipL('cond_stage_model.transformer.')]

export const tinyFamilies = {
  sd1: { unet: knownUNets.sd1(32), encoders: sd1Encoders },
  inpaint: { unet: { ...knownUNets.sd1(32), inChannels: 9 }, encoders: sd1Encoders },
  edit: { unet: { ...knownUNets.sd1(32), inChannels: 8 }, encoders: sd1Encoders },
  sd2: {
    unet: knownUNets.sd2(64),
    encoders: [openClip('clip_h', 'cond_stage_model.model.')],
    // How files of the 768-pixel models, which predict v, are told from the others.
    scaled: new Map([[`${unetPrefix}output_blocks.11.1.transformer_blocks.0.norm1.bias`, 2]]),
  },
  sdxl: {
    unet: shallow(knownUNets.sdxl(32), [0, 1, 2]),
    encoders: [clipL('conditioner.embedders.0.transformer.'), openClip('clip_g', 'conditioner.embedders.1.model.')],
  },
  refiner: {
    unet: shallow(knownUNets.sdxlRefiner(32), [0, 1, 1, 1]),
    encoders: [openClip('clip_g', 'conditioner.embedders.0.model.')],
  },
} satisfies Record<string, TinyFamily>
export type TinyFamilyName = keyof typeof tinyFamilies

export interface TinyModelOptions {
  /** Whose vectors the vocabulary holds. */
  tokens: readonly number[]
}

export async function writeTinyModel(path: string, name: TinyFamilyName, { tokens }: TinyModelOptions): Promise<void> {
  const family: TinyFamily = tinyFamilies[name]
  await write(path, new Map([...unetShapes(family), ...vaeShapes(), ...encoderShapes(family)]), { family, tokens })
}

/**
 * The same model in files of its parts: the UNet and the VAE under diffusers' names, the text encoders under those that
 * files of their own have.
 */
export async function writeTinyParts(
  paths: { unet: string; vae: string; encoders: readonly string[] },
  name: TinyFamilyName,
  { tokens }: TinyModelOptions,
): Promise<void> {
  const family: TinyFamily = tinyFamilies[name]
  const unetName = diffusersUNetName(family.unet)
  const vaeName = diffusersVaeName(vae.multipliers.length, false)
  await write(paths.unet, unetShapes(family), { family, nameOf: (key) => unetName(key.slice(unetPrefix.length)) })
  await write(paths.vae, vaeShapes(), { family, nameOf: (key) => vaeName(key.slice(vaePrefix.length)) })
  for (const [index, encoder] of family.encoders.entries()) {
    const nameOf = (key: string) => key.slice(encoder.prefix.length)
    await write(paths.encoders[index]!, clipShapes(encoder), { family, tokens, nameOf })
  }
}

function unetShapes({ unet }: TinyFamily): Shapes {
  return shapesOf((layers) => buildUNet(layers, unet, { control: false, adapter: false }), unetPrefix)
}

function vaeShapes(): Shapes {
  const halves = [buildVaeDecoder, buildVaeEncoder].map((build) =>
    shapesOf((layers: Layers) => build(layers, vae), vaePrefix),
  )
  return new Map(halves.flatMap((half) => [...half]))
}

function encoderShapes({ encoders }: TinyFamily): Shapes {
  return new Map(encoders.flatMap((encoder) => [...clipShapes(encoder)]))
}

interface WriteOptions {
  family: TinyFamily
  tokens?: readonly number[]
  /** What the file calls a checkpoint's tensor. */
  nameOf?: (name: string) => string
}

async function write(path: string, shapes: Shapes, options: WriteOptions): Promise<void> {
  const { family, tokens = [], nameOf = (name) => name } = options
  const originals = new Map([...shapes.keys()].map((name) => [nameOf(name), name]))
  const named = new Map([...originals].map(([name, original]) => [name, shapes.get(original)!]))
  const isVocabulary = (name: string) => name.endsWith('token_embedding.weight')
  const scaled = [...(family.scaled ?? [])].flatMap(([original, factor]): [string, Float32Array][] => {
    const shape = shapes.get(original)
    return shape ? [[nameOf(original), tinyTensor(original, shape).map((value) => value * factor)]] : []
  })
  await writeTinySafetensors(path, named, {
    ruleName: (name) => originals.get(name)!,
    values: new Map(scaled),
    rows: new Map([...named.keys()].filter(isVocabulary).map((name) => [name, tokens])),
  })
}
