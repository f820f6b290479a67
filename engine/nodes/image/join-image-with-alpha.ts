/** @file JoinImageWithAlpha: colours with 1 − mask as their alpha, so what the mask covers becomes transparent. */
import { allocateImage } from '../../images/allocate.ts'
import { maskAt, pictureAt, selectPictures, withChannels } from '../../images/batch.ts'
import { scaleMask } from '../../images/scale.ts'
import type { ImageTensor, MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const joinImageWithAlpha = defineNode({
  classType: 'JoinImageWithAlpha',
  displayName: 'Join Image with Alpha',
  category: 'image/compositing',
  inputs: { image: input.link<ImageTensor>('IMAGE'), alpha: input.link<MaskTensor>('MASK') },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image, alpha }, context) {
    const [, height, width] = image.shape
    const batch = Math.min(image.shape[0], alpha.shape[0])
    const mask = await scaleMask(alpha, width, height, 'bilinear', createPause(context.signal))
    const rgb = withChannels(selectPictures(image, [...Array(batch).keys()]), 3)
    const joined = allocateImage(batch, height, width, 4)
    const pixels = height * width
    for (let b = 0; b < batch; b++) {
      const colours = pictureAt(rgb, b)
      const covered = maskAt(mask, b)
      for (let p = 0; p < pixels; p++) {
        const at = (b * pixels + p) * 4
        for (let c = 0; c < 3; c++) joined.data[at + c] = colours[p * 3 + c]!
        joined.data[at + 3] = 1 - covered[p]!
      }
    }
    return [joined]
  },
})
