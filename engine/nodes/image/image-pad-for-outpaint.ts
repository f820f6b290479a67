/** @file ImagePadForOutpaint: a grey border, and a mask of it that fades into the picture. */
import { allocateImage } from '../../images/allocate.ts'
import { pastePictures } from '../../images/crop.ts'
import { outpaintMask } from '../../images/masks.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'

const margin = () => input.int({ default: 0, min: 0, max: maxResolution, step: 8 })

export const imagePadForOutpaint = defineNode({
  classType: 'ImagePadForOutpaint',
  displayName: 'Pad Image for Outpainting',
  category: 'image/transform',
  searchAliases: ['extend canvas', 'expand image'],
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    left: margin(),
    top: margin(),
    right: margin(),
    bottom: margin(),
    feathering: input.int({ default: 40, min: 0, max: maxResolution, step: 1, advanced: true }),
  },
  outputs: [{ type: 'IMAGE' }, { type: 'MASK' }],
  execute({ image, left, top, right, bottom, feathering }) {
    const [batch, height, width, channels] = image.shape
    const padded = allocateImage(batch, height + top + bottom, width + left + right, channels)
    padded.data.fill(0.5)
    pastePictures(padded, image, left, top)
    return [padded, outpaintMask(height, width, { left, top, right, bottom }, feathering)]
  },
})
