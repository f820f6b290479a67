/** @file ImageScaleToTotalPixels: to a number of megapixels (of 1024 × 1024) in the same proportions. */

import { roundHalfEven } from '../../images/round-half-even.ts'
import { scaleImage, scaleMethods } from '../../images/scale.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageScaleToTotalPixels = defineNode({
  classType: 'ImageScaleToTotalPixels',
  displayName: 'Scale Image to Total Pixels',
  category: 'image/upscaling',
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    upscale_method: input.combo(scaleMethods),
    megapixels: input.float({ default: 1.0, min: 0.01, max: 16.0, step: 0.01 }),
    resolution_steps: input.int({ default: 1, min: 1, max: 256, advanced: true }),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image, upscale_method, megapixels, resolution_steps: step }, context) {
    const [, height, width] = image.shape
    const factor = Math.sqrt((megapixels * 1024 * 1024) / (width * height))
    const newWidth = roundHalfEven((width * factor) / step) * step
    const newHeight = roundHalfEven((height * factor) / step) * step
    return [await scaleImage(image, newWidth, newHeight, upscale_method, 'disabled', createPause(context.signal))]
  },
})
