/** @file ImageCompositeMasked: a picture laid on another one at a place, through a mask if there is one. */

import { repeatToBatch, withChannels } from '../../images/batch.ts'
import { compositeMasked } from '../../images/composite.ts'
import { scaleImage, scaleMask } from '../../images/scale.ts'
import { runSteps } from '../../images/steps.ts'
import type { ImageTensor, MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'
import { createPause } from '../pause.ts'

export const imageCompositeMasked = defineNode({
  classType: 'ImageCompositeMasked',
  displayName: 'Image Composite Masked',
  category: 'image/compositing',
  searchAliases: ['overlay', 'layer', 'paste image'],
  inputs: {
    destination: input.link<ImageTensor>('IMAGE'),
    source: input.link<ImageTensor>('IMAGE'),
    x: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
    y: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
    resize_source: input.boolean({ default: false }),
    mask: input.optional(input.link<MaskTensor>('MASK')),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ destination, source, x, y, resize_source, mask }, context) {
    const pause = createPause(context.signal)
    const [batch, height, width, channels] = destination.shape
    let upper = withChannels(source, channels)
    if (resize_source) upper = await scaleImage(upper, width, height, 'bilinear', 'disabled', pause)
    upper = repeatToBatch(upper, batch)
    const fitted = mask && (await scaleMask(mask, upper.shape[2], upper.shape[1], 'bilinear', pause))
    return [await runSteps(compositeMasked(destination, upper, x, y, fitted), pause)]
  },
})
