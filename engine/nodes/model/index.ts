/** @file The nodes that open and run models: a row per node class. */
import type { AnyNode } from '../define.ts'
import { frameInterpolate } from './frame-interpolate.ts'
import { frameInterpolationModelLoader } from './frame-interpolation-model-loader.ts'
import { imageUpscaleWithModel } from './image-upscale-with-model.ts'
import { loadBackgroundRemovalModel } from './load-background-removal-model.ts'
import { removeBackground } from './remove-background.ts'
import { upscaleModelLoader } from './upscale-model-loader.ts'

export const modelNodes: readonly AnyNode[] = [
  upscaleModelLoader,
  imageUpscaleWithModel,
  loadBackgroundRemovalModel,
  removeBackground,
  frameInterpolationModelLoader,
  frameInterpolate,
]
