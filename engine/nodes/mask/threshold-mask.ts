/** @file ThresholdMask: 1 where the mask is greater than a value, else 0. */
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const thresholdMask = defineNode({
  classType: 'ThresholdMask',
  displayName: 'Threshold Mask',
  category: 'image/mask',
  searchAliases: ['binary mask'],
  inputs: {
    mask: input.link<MaskTensor>('MASK'),
    value: input.float({ default: 0.5, min: 0.0, max: 1.0, step: 0.01 }),
  },
  outputs: [{ type: 'MASK' }],
  execute({ mask, value }) {
    // The mask is single precision, and is compared as such.
    const limit = Math.fround(value)
    return [{ data: mask.data.map((at) => (at > limit ? 1 : 0)), shape: mask.shape }]
  },
})
