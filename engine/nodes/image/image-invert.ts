/** @file ImageInvert: the negative. An alpha channel holds transparency, not colour, and stays. */
import { allocateImage } from '../../images/allocate.ts'
import { fillSteps, runSteps } from '../../images/steps.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageInvert = defineNode({
  classType: 'ImageInvert',
  displayName: 'Invert Image Colors',
  category: 'image/color',
  searchAliases: ['reverse colors', 'negative'],
  inputs: { image: input.link<ImageTensor>('IMAGE') },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image }, context) {
    const inverted = allocateImage(...image.shape)
    const hasAlpha = image.shape[3] === 4
    const invert = (i: number) => (hasAlpha && i % 4 === 3 ? image.data[i]! : 1 - image.data[i]!)
    await runSteps(fillSteps(inverted.data, invert), createPause(context.signal))
    return [inverted]
  },
})
