/** @file ImageInvert: the negative. An alpha channel holds transparency, not colour, and stays. */
import { allocateImage } from '../../images/allocate.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const imageInvert = defineNode({
  classType: 'ImageInvert',
  displayName: 'Invert Image Colors',
  category: 'image/color',
  searchAliases: ['reverse colors', 'negative'],
  inputs: { image: input.link<ImageTensor>('IMAGE') },
  outputs: [{ type: 'IMAGE' }],
  execute({ image }) {
    const inverted = allocateImage(...image.shape)
    const hasAlpha = image.shape[3] === 4
    for (let i = 0; i < image.data.length; i++) {
      const value = image.data[i]!
      inverted.data[i] = hasAlpha && i % 4 === 3 ? value : 1 - value
    }
    return [inverted]
  },
})
