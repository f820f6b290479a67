/** @file GrowMask: grows a mask by pixels, shrinks it for negative numbers. */
import { allocateMask } from '../../images/allocate.ts'
import { maskAt } from '../../images/batch.ts'
import { dilate } from '../../images/dilate.ts'
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'
import { createPause } from '../pause.ts'

export const growMask = defineNode({
  classType: 'GrowMask',
  displayName: 'Grow Mask',
  category: 'image/mask',
  searchAliases: ['expand mask', 'shrink mask'],
  inputs: {
    mask: input.link<MaskTensor>('MASK'),
    expand: input.int({ default: 0, min: -maxResolution, max: maxResolution, step: 1 }),
    tapered_corners: input.boolean({ default: true, advanced: true }),
  },
  outputs: [{ type: 'MASK' }],
  async execute({ mask, expand, tapered_corners }, context) {
    const [batch, height, width] = mask.shape
    const grown = allocateMask(batch, height, width)
    const shape = { square: !tapered_corners, erode: expand < 0 }
    const pause = createPause(context.signal)
    for (let b = 0; b < batch; b++) {
      const one = await dilate(maskAt(mask, b), height, width, Math.abs(expand), shape, pause)
      grown.data.set(one, b * height * width)
    }
    return [grown]
  },
})
