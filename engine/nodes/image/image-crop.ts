/** @file ImageCrop: a rectangle of every picture; what reaches over the edge is left out. */
import { cropPictures } from '../../images/crop.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'

export const imageCrop = defineNode({
  classType: 'ImageCrop',
  displayName: 'Crop Image',
  category: 'image/transform',
  searchAliases: ['trim'],
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    width: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
    height: input.int({ default: 512, min: 1, max: maxResolution, step: 1 }),
    x: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
    y: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
  },
  outputs: [{ type: 'IMAGE' }],
  execute({ image, width, height, x, y }) {
    const [, imageHeight, imageWidth] = image.shape
    // An offset beyond the picture still gives its last pixel.
    const left = Math.min(x, imageWidth - 1)
    const top = Math.min(y, imageHeight - 1)
    const size = { width: Math.min(width, imageWidth - left), height: Math.min(height, imageHeight - top) }
    return [cropPictures(image, { x: left, y: top, ...size })]
  },
})
