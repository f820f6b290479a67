/** @file The table of built-in nodes. A new node is a file in its folder and a row here. */
import type { AnyNode } from './define.ts'
import { diffusionNodes } from './diffusion-nodes.ts'
import { emptyImage } from './image/empty-image.ts'
import { getImageSize } from './image/get-image-size.ts'
import { imageBatch } from './image/image-batch.ts'
import { imageBlend } from './image/image-blend.ts'
import { imageBlur } from './image/image-blur.ts'
import { imageCompositeMasked } from './image/image-composite-masked.ts'
import { imageCrop } from './image/image-crop.ts'
import { imageFlip } from './image/image-flip.ts'
import { imageFromBatch } from './image/image-from-batch.ts'
import { imageInvert } from './image/image-invert.ts'
import { imagePadForOutpaint } from './image/image-pad-for-outpaint.ts'
import { imageQuantize } from './image/image-quantize.ts'
import { imageRotate } from './image/image-rotate.ts'
import { imageScale } from './image/image-scale.ts'
import { imageScaleBy } from './image/image-scale-by.ts'
import { imageScaleToTotalPixels } from './image/image-scale-to-total-pixels.ts'
import { imageSharpen } from './image/image-sharpen.ts'
import { imageStitch } from './image/image-stitch.ts'
import { joinImageWithAlpha } from './image/join-image-with-alpha.ts'
import { loadImage } from './image/load-image.ts'
import { loadImageMask } from './image/load-image-mask.ts'
import { previewImage } from './image/preview-image.ts'
import { repeatImageBatch } from './image/repeat-image-batch.ts'
import { saveAnimatedWebp } from './image/save-animated-webp.ts'
import { saveImage } from './image/save-image.ts'
import { saveImageWebsocket } from './image/save-image-websocket.ts'
import { splitImageWithAlpha } from './image/split-image-with-alpha.ts'
import { cropMask } from './mask/crop-mask.ts'
import { featherMask } from './mask/feather-mask.ts'
import { growMask } from './mask/grow-mask.ts'
import { imageToMask } from './mask/image-to-mask.ts'
import { invertMask } from './mask/invert-mask.ts'
import { maskComposite } from './mask/mask-composite.ts'
import { maskToImage } from './mask/mask-to-image.ts'
import { solidMask } from './mask/solid-mask.ts'
import { thresholdMask } from './mask/threshold-mask.ts'
import { modelNodes } from './model/index.ts'
import { previewAny } from './utility/preview-any.ts'
import {
  primitiveBoolean,
  primitiveFloat,
  primitiveInt,
  primitiveString,
  primitiveStringMultiline,
} from './utility/primitives.ts'
import { createVideo } from './video/create-video.ts'
import { getVideoComponents } from './video/get-video-components.ts'
import { loadVideo } from './video/load-video.ts'
import { saveVideo } from './video/save-video.ts'
import { saveWebm } from './video/save-webm.ts'

export const builtinNodes: readonly AnyNode[] = [
  loadImage,
  loadImageMask,
  saveImage,
  previewImage,
  saveImageWebsocket,
  saveAnimatedWebp,
  emptyImage,
  getImageSize,
  imageScale,
  imageScaleBy,
  imageScaleToTotalPixels,
  imageCrop,
  imageFlip,
  imageRotate,
  imageStitch,
  imagePadForOutpaint,
  imageInvert,
  imageBlend,
  imageBlur,
  imageSharpen,
  imageQuantize,
  imageBatch,
  repeatImageBatch,
  imageFromBatch,
  imageCompositeMasked,
  splitImageWithAlpha,
  joinImageWithAlpha,
  solidMask,
  invertMask,
  growMask,
  featherMask,
  thresholdMask,
  maskComposite,
  cropMask,
  maskToImage,
  imageToMask,
  loadVideo,
  getVideoComponents,
  createVideo,
  saveVideo,
  saveWebm,
  primitiveInt,
  primitiveFloat,
  primitiveString,
  primitiveStringMultiline,
  primitiveBoolean,
  previewAny,
  ...modelNodes,
  ...diffusionNodes,
]
