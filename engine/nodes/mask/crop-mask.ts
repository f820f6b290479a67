/** @file CropMask: a rectangle of a mask; what reaches over the edge is left out. */
import { cropPictures } from '../../images/crop.ts'
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input, NodeError } from '../define.ts'
import { maxResolution } from '../limits.ts'

export const cropMask = defineNode({
  classType: 'CropMask',
  displayName: 'Crop Mask',
  category: 'image/mask',
  searchAliases: ['cut mask', 'mask slice'],
  inputs: {
    mask: input.link<MaskTensor>('MASK'),
    x: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
    y: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
    width: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
    height: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
  },
  outputs: [{ type: 'MASK' }],
  execute({ mask, x, y, width, height }) {
    const [batch, maskHeight, maskWidth] = mask.shape
    const size = { width: Math.min(width, maskWidth - x), height: Math.min(height, maskHeight - y) }
    if (size.width < 1 || size.height < 1) {
      throw new NodeError(`(${x}, ${y}) lies outside the mask of ${maskWidth} × ${maskHeight} pixels`)
    }
    const cropped = cropPictures({ data: mask.data, shape: [batch, maskHeight, maskWidth, 1] }, { x, y, ...size })
    return [{ data: cropped.data, shape: [batch, size.height, size.width] }]
  },
})
