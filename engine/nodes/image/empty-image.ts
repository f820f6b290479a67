/** @file EmptyImage: pictures of one colour. */
import { allocateImage } from '../../images/allocate.ts'
import { defineNode, input } from '../define.ts'
import { maxBatch, maxResolution } from '../limits.ts'

export const emptyImage = defineNode({
  classType: 'EmptyImage',
  displayName: 'Empty Image',
  category: 'image',
  inputs: {
    width: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
    height: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
    batch_size: input.int({ default: 1, min: 1, max: maxBatch }),
    color: input.int({ default: 0, min: 0, max: 0xffffff, step: 1, display: 'color' }),
  },
  outputs: [{ type: 'IMAGE' }],
  execute({ width, height, batch_size, color }) {
    const image = allocateImage(batch_size, height, width, 3)
    const rgb = [(color >> 16) & 255, (color >> 8) & 255, color & 255].map((value) => value / 255)
    for (let i = 0; i < image.data.length; i++) image.data[i] = rgb[i % 3]!
    return [image]
  },
})
