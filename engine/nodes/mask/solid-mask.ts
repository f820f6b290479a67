/** @file SolidMask: a mask of one value. */
import { allocateMask } from '../../images/allocate.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'

export const solidMask = defineNode({
  classType: 'SolidMask',
  displayName: 'Create Solid Mask',
  category: 'image/mask',
  inputs: {
    value: input.float({ default: 1.0, min: 0.0, max: 1.0, step: 0.01 }),
    width: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
    height: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
  },
  outputs: [{ type: 'MASK' }],
  execute({ value, width, height }) {
    const mask = allocateMask(1, height, width)
    mask.data.fill(value)
    return [mask]
  },
})
