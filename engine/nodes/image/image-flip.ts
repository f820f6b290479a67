/** @file ImageFlip: upside down, or left to right. */
import { allocateImage } from '../../images/allocate.ts'
import { remapPixels } from '../../images/crop.ts'
import { runSteps } from '../../images/steps.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

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
  async execute({ image, flip_method }, context) {
    const [, height, width] = image.shape
    const flipped = allocateImage(...image.shape)
    const isVertical = flip_method.startsWith('x')
    const sourceOf = (x: number, y: number) =>
      (isVertical ? [x, height - 1 - y] : [width - 1 - x, y]) as [number, number]
    await runSteps(remapPixels(image, flipped, sourceOf), createPause(context.signal))
    return [flipped]
  },
})
