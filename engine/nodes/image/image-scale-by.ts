/** @file ImageScaleBy: by a factor. */

import { roundHalfEven } from '../../images/round-half-even.ts'
import { scaleImage, scaleMethods } from '../../images/scale.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageScaleBy = defineNode({
  classType: 'ImageScaleBy',
  displayName: 'Upscale Image By',
  category: 'image/upscaling',
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    upscale_method: input.combo(scaleMethods),
    scale_by: input.float({ default: 1.0, min: 0.01, max: 8.0, step: 0.01 }),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image, upscale_method, scale_by }, context) {
    const [, height, width] = image.shape
    const newSize = [roundHalfEven(width * scale_by), roundHalfEven(height * scale_by)] as const
    return [await scaleImage(image, ...newSize, upscale_method, 'disabled', createPause(context.signal))]
  },
})
