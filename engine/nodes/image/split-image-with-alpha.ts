/** @file SplitImageWithAlpha: colours, and 1 − alpha as a mask (all 0 without an alpha channel). */
import { allocateMask } from '../../images/allocate.ts'
import { withChannels } from '../../images/batch.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const splitImageWithAlpha = defineNode({
  classType: 'SplitImageWithAlpha',
  displayName: 'Split Image with Alpha',
  category: 'image/compositing',
  inputs: { image: input.link<ImageTensor>('IMAGE') },
  outputs: [{ type: 'IMAGE' }, { type: 'MASK' }],
  execute({ image }) {
    const [batch, height, width, channels] = image.shape
    const mask = allocateMask(batch, height, width)
    if (channels > 3) {
      for (let p = 0; p < mask.data.length; p++) mask.data[p] = 1 - image.data[p * channels + 3]!
    }
    return [withChannels(image, 3), mask]
  },
})
