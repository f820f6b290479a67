/** @file The table of ncnn layer kinds that this engine runs. A new kind is a function and a row. */
import { prelu, relu, sigmoid } from './activation.ts'
import { binaryOp, eltwise, scale } from './arithmetic.ts'
import { convolution, deconvolution, innerProduct } from './convolution.ts'
import type { LayerKind } from './layer-context.ts'
import { concat, crop, interp, pixelShuffle, pooling, split } from './rearrange.ts'
import { warp } from './warp.ts'

/** By the type word of the `.param`. `Input` is not here: it makes an input of the network, not an operator. */
export const layerKinds: ReadonlyMap<string, LayerKind> = new Map([
  ['BinaryOp', binaryOp],
  ['Concat', concat],
  ['Convolution', convolution],
  ['Crop', crop],
  ['Deconvolution', deconvolution],
  ['Eltwise', eltwise],
  ['InnerProduct', innerProduct],
  ['Interp', interp],
  ['PReLU', prelu],
  ['PixelShuffle', pixelShuffle],
  ['Pooling', pooling],
  ['ReLU', relu],
  ['Scale', scale],
  ['Sigmoid', sigmoid],
  ['Split', split],
  ['rife.Warp', warp],
])
