/** @file ImageRotate: clockwise by quarter turns. */
import { allocateImage } from '../../images/allocate.ts'
import { remapPixels } from '../../images/crop.ts'
import { runSteps } from '../../images/steps.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

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
  async execute({ image, rotation }, context) {
    const [batch, height, width, channels] = image.shape
    const turns = Number.parseInt(rotation, 10) / 90 || 0
    if (turns === 0) return [image]
    const isSideways = turns % 2 === 1
    const rotated = isSideways
      ? allocateImage(batch, width, height, channels)
      : allocateImage(batch, height, width, channels)
    const sourceOf = (x: number, y: number): [number, number] => {
      if (turns === 1) return [y, height - 1 - x]
      if (turns === 2) return [width - 1 - x, height - 1 - y]
      return [width - 1 - y, x]
    }
    await runSteps(remapPixels(image, rotated, sourceOf), createPause(context.signal))
    return [rotated]
  },
})
