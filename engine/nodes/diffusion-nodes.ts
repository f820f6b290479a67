/** @file The nodes of diffusion: loaders, texts, latents, samplers. A new one is a row here. */
import { conditioningNodes } from './conditioning/conditioning-nodes.ts'
import { controlNetApply, controlNetApplyAdvanced } from './conditioning/control-net-apply.ts'
import {
  clipSetLastLayer,
  clipTextEncode,
  clipTextEncodeSdxl,
  clipTextEncodeSdxlRefiner,
} from './conditioning/text-encode.ts'
import type { AnyNode } from './define.ts'
import { inpaintModelConditioning, instructPixToPixConditioning, vaeEncodeForInpaint } from './latent/inpaint-nodes.ts'
import { latentArithmeticNodes } from './latent/latent-arithmetic.ts'
import { loadLatent, saveLatent } from './latent/latent-files.ts'
import { latentNodes } from './latent/latent-nodes.ts'
import { vaeDecode, vaeDecodeTiled, vaeEncode, vaeEncodeTiled } from './latent/vae-nodes.ts'
import { checkpointLoaderSimple } from './loaders/checkpoint-loader-simple.ts'
import { controlNetLoader } from './loaders/control-net-loader.ts'
import { loraLoader, loraLoaderModelOnly } from './loaders/lora-loaders.ts'
import { clipLoader, dualClipLoader, unetLoader, vaeLoader } from './loaders/part-loaders.ts'
import { basicGuider, cfgGuider, dualCfgGuider, perpNegGuider } from './sampling/guiders.ts'
import { kSampler } from './sampling/k-sampler.ts'
import { kSamplerAdvanced } from './sampling/k-sampler-advanced.ts'
import { modelPatchNodes } from './sampling/model-patches.ts'
import { addNoise, disableNoise, randomNoise } from './sampling/noises.ts'
import { samplerCustom, samplerCustomAdvanced } from './sampling/sampler-custom.ts'
import { samplerNodes } from './sampling/samplers.ts'
import { sigmaTools } from './sampling/sigma-tools.ts'
import { sigmaNodes } from './sampling/sigmas.ts'

export const diffusionNodes: readonly AnyNode[] = [
  checkpointLoaderSimple,
  unetLoader,
  clipLoader,
  dualClipLoader,
  vaeLoader,
  loraLoader,
  loraLoaderModelOnly,
  controlNetLoader,
  clipTextEncode,
  clipTextEncodeSdxl,
  clipTextEncodeSdxlRefiner,
  clipSetLastLayer,
  ...conditioningNodes,
  controlNetApply,
  controlNetApplyAdvanced,
  inpaintModelConditioning,
  instructPixToPixConditioning,
  ...latentNodes,
  ...latentArithmeticNodes,
  saveLatent,
  loadLatent,
  vaeDecode,
  vaeDecodeTiled,
  vaeEncode,
  vaeEncodeTiled,
  vaeEncodeForInpaint,
  kSampler,
  kSamplerAdvanced,
  samplerCustom,
  samplerCustomAdvanced,
  basicGuider,
  cfgGuider,
  dualCfgGuider,
  perpNegGuider,
  randomNoise,
  disableNoise,
  addNoise,
  ...samplerNodes,
  ...sigmaNodes,
  ...sigmaTools,
  ...modelPatchNodes,
]
