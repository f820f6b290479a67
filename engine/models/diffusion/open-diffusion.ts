/**
 * @file What loader nodes call: a path in, the objects of a diffusion model out. Opens nothing yet but the header of the
 * file; the networks open when they first run.
 */
import { basename } from 'node:path'
import { NodeError } from '../../nodes/define.ts'
import { nameContents } from '../name-contents.ts'
import { type LoraMatch, listModules, matchLora } from '../network/lora/match-lora.ts'
import type { LoraFile } from '../network/lora/read-lora.ts'
import { readSafetensors, type SafetensorsFile } from '../safetensors/read-safetensors.ts'
import { readTensorValues } from '../safetensors/tensor-values.ts'
import type { ModelStore } from '../store.ts'
import { type ControlNet, createControlNet, createT2iAdapter, type T2iAdapter } from './control/control.ts'
import { detectControl } from './detect/detect-control.ts'
import { type DiffusionFamily, detectPrediction, detectUNet, type Prediction } from './detect/detect-unet.ts'
import { detectTaesd, detectVae } from './detect/detect-vae.ts'
import { nameUnknownFamily } from './detect/unknown-families.ts'
import { buildUNet } from './unet/build-unet.ts'
import { unetModuleNames } from './unet/names.ts'
import { createUNet, type UNet } from './unet/unet.ts'
import { createTaesd, createVae, type Vae } from './vae/vae.ts'

export interface DiffusionModel {
  file: SafetensorsFile
  family: DiffusionFamily
  prediction: Prediction
  unet: UNet
  /** Of the same file; separate UNets have none. */
  vae: Vae | null
}

const supported = 'Supported are Stable Diffusion 1, 2, XL and its refiner, as whole checkpoints or as separate parts.'

/**
 * A checkpoint, or a file with a UNet alone. Its text encoders are found in `file` by the text engine.
 * @throws NodeError naming the file: unreadable, of another family (named where it is known), or without a UNet
 */
export async function openDiffusionModel(store: ModelStore, path: string): Promise<DiffusionModel> {
  const file = await readSafetensors(path)
  const unknown = nameUnknownFamily(file)
  if (unknown) throw new NodeError(`${file.name} is a ${unknown} model, which is not supported yet. ${supported}`)
  const detected = detectUNet(file)
  if (!detected)
    throw new NodeError(
      `${file.name} holds no diffusion model that this engine knows.${nameContents(file) || ` ${supported}`}`,
    )
  const { family, config, source } = detected
  const vae = detectVae(file)
  return {
    file,
    family,
    prediction: await detectPrediction(file, detected),
    unet: createUNet({ store, source, config }),
    vae: vae && createVae({ store, ...vae }),
  }
}

export interface OpenedVae {
  vae: Vae
  /** Latents are multiplied by this before they are decoded: 1, but for a TAESD, which knows the network's scale. */
  latentScale: number
}

/**
 * A file with a VAE (also a checkpoint's), or a TAESD that says what its latents are multiplied by.
 * @throws NodeError naming the file when it holds neither
 */
export async function openVae(store: ModelStore, path: string): Promise<OpenedVae> {
  const file = await readSafetensors(path)
  const vae = detectVae(file)
  if (vae) return { vae: createVae({ store, ...vae }), latentScale: 1 }
  const taesd = detectTaesd(file)
  if (taesd) return { vae: createTaesd({ store, ...taesd }), latentScale: await readTaesdScale(file) }
  throw new NodeError(`${file.name} holds no VAE that this engine knows.${nameContents(file)}`)
}

/** The same network is made for several models, whose scales differ: only the tensors that ComfyUI adds tell which. */
async function readTaesdScale(file: SafetensorsFile): Promise<number> {
  const isNumber = (name: string) => file.tensors.get(name)?.shape.every((size) => size === 1) === true
  if (!isNumber('vae_scale')) {
    throw new NodeError(
      `${file.name} is a TAESD and does not say of which model: it goes into models/vae_approx, as taesd_decoder and taesd_encoder (SDXL: taesdxl_decoder and taesdxl_encoder), and VAELoader then offers taesd or taesdxl`,
    )
  }
  const [scale] = await readTensorValues(file, 'vae_scale')
  const [shift] = isNumber('vae_shift') ? await readTensorValues(file, 'vae_shift') : [0]
  if (!(Number.isFinite(scale) && scale !== 0) || shift !== 0) {
    throw new NodeError(`${file.name} is a TAESD for latents of a kind that is not supported. ${supported}`)
  }
  return scale!
}

/** TAESD's decoder alone, for previews. @throws NodeError naming the file when it is something else */
export async function openTaesdDecoder(store: ModelStore, path: string): Promise<Vae> {
  const found = detectTaesd(await readSafetensors(path))
  if (!found?.decoder) throw new NodeError(`${basename(path)} is no decoder of TAESD`)
  return createTaesd({ store, config: found.config, decoder: found.decoder })
}

/** TAESD from the two files that it is published in. */
export async function openTaesd(store: ModelStore, decoderPath: string, encoderPath: string): Promise<Vae> {
  const [decoder, encoder] = await Promise.all(
    [decoderPath, encoderPath].map(async (path) => detectTaesd(await readSafetensors(path))),
  )
  if (!decoder?.decoder) throw new NodeError(`${basename(decoderPath)} is no decoder of TAESD`)
  if (!encoder?.encoder) throw new NodeError(`${basename(encoderPath)} is no encoder of TAESD`)
  return createTaesd({ store, config: decoder.config, decoder: decoder.decoder, encoder: encoder.encoder })
}

/** ControlNet 1.1's shuffle: nothing in the file tells it from the others, so its name decides, as in ComfyUI. */
const pooledControl = /_shuffle(_fp16)?\.\w+$/i

/** @throws NodeError naming the file when it is neither a ControlNet nor a T2I-Adapter, or of a kind not supported */
export async function openControl(store: ModelStore, path: string): Promise<ControlNet | T2iAdapter> {
  const file = await readSafetensors(path)
  const detected = detectControl(file)
  if (!detected) {
    throw new NodeError(
      `${file.name} is no ControlNet and no T2I-Adapter of Stable Diffusion 1, 2 or XL.${nameContents(file)}`,
    )
  }
  const { source } = detected
  return detected.kind === 'controlnet'
    ? createControlNet({ store, source, config: detected.config, isPooled: pooledControl.test(file.name) })
    : createT2iAdapter({ store, source, config: detected.config })
}

/**
 * The UNet with one more LoRA on top of those that it has.
 * @returns what of the file found its place; `matched` 0 means that the LoRA is for other parts, or for another family
 * @throws NodeError naming the LoRA when it was made for weights of other shapes
 */
export function addLora(unet: UNet, lora: LoraFile, strength: number): { unet: UNet; match: LoraMatch } {
  const { config } = unet
  const modules = listModules((layers) => buildUNet(layers, config, { control: false, adapter: false }))
  const match = matchLora(lora, 'unet', modules, unetModuleNames(config))
  if (match.matched === 0) return { unet, match }
  return { unet: unet.withLoras([...unet.loras, { lora, target: 'unet', strength }]), match }
}
