/** @file ImageRotate: clockwise by quarter turns. */
import { allocateImage } from '../../images/allocate.ts'
import { remapPixels } from '../../images/crop.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const imageRotate = defineNode({
  classType: 'ImageRotate',
  displayName: 'Rotate Image',
  category: 'image/transform',
  searchAliases: ['turn', 'flip orientation'],
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    rotation: input.combo(['none', '90 degrees', '180 degrees', '270 degrees']),
  },
  outputs: [{ type: 'IMAGE' }],
  execute({ image, rotation }) {
    const [batch, height, width, channels] = image.shape
    const turns = Number.parseInt(rotation, 10) / 90 || 0
    if (turns === 0) return [image]
    const isSideways = turns % 2 === 1
    const rotated = isSideways
      ? allocateImage(batch, width, height, channels)
      : allocateImage(batch, height, width, channels)
    remapPixels(image, rotated, (x, y) => {
      if (turns === 1) return [y, height - 1 - x]
      if (turns === 2) return [width - 1 - x, height - 1 - y]
      return [width - 1 - y, x]
    })
    return [rotated]
  },
})
