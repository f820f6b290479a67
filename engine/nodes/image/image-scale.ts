/** @file ImageScale: to a given size; a side of 0 follows the proportions. */

import { cropMethods } from '../../images/centre-crop.ts'
import { roundHalfEven } from '../../images/round-half-even.ts'
import { scaleImage, scaleMethods } from '../../images/scale.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'
import { createPause } from '../pause.ts'

export const imageScale = defineNode({
  classType: 'ImageScale',
  displayName: 'Upscale Image',
  category: 'image/upscaling',
  searchAliases: ['resize', 'resize image', 'scale image', 'zoom'],
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    upscale_method: input.combo(scaleMethods),
    width: input.int({ default: 512, min: 0, max: maxResolution, step: 1 }),
    height: input.int({ default: 512, min: 0, max: maxResolution, step: 1 }),
    crop: input.combo(cropMethods),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image, upscale_method, width, height, crop }, context) {
    if (width === 0 && height === 0) return [image]
    const [, oldHeight, oldWidth] = image.shape
    const newWidth = width || Math.max(1, roundHalfEven((oldWidth * height) / oldHeight))
    const newHeight = height || Math.max(1, roundHalfEven((oldHeight * width) / oldWidth))
    return [await scaleImage(image, newWidth, newHeight, upscale_method, crop, createPause(context.signal))]
  },
})
