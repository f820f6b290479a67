/** @file ImageFlip: upside down, or left to right. */
import { allocateImage } from '../../images/allocate.ts'
import { remapPixels } from '../../images/crop.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const imageFlip = defineNode({
  classType: 'ImageFlip',
  displayName: 'Flip Image',
  category: 'image/transform',
  searchAliases: ['mirror', 'reflect'],
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    flip_method: input.combo(['x-axis: vertically', 'y-axis: horizontally']),
  },
  outputs: [{ type: 'IMAGE' }],
  execute({ image, flip_method }) {
    const [, height, width] = image.shape
    const flipped = allocateImage(...image.shape)
    const isVertical = flip_method.startsWith('x')
    remapPixels(image, flipped, (x, y) => (isVertical ? [x, height - 1 - y] : [width - 1 - x, y]))
    return [flipped]
  },
})
