/** @file LoadImageMask: one channel of a picture as a mask; the alpha channel comes out as 1 − alpha. */
import { decodePicture } from '../../images/decode.ts'
import { channelMask } from '../../images/masks.ts'
import { defineNode, input } from '../define.ts'
import { imageFileCheck, imageFileInput, imageFileMark, requireImageFile } from './load-image.ts'

export const loadImageMask = defineNode({
  classType: 'LoadImageMask',
  displayName: 'Load Image (as Mask)',
  category: 'image',
  inputs: { image: imageFileInput, channel: input.combo(['alpha', 'red', 'green', 'blue']) },
  outputs: [{ type: 'MASK' }],
  validate: imageFileCheck,
  changeMark: imageFileMark,
  async execute({ image, channel }, context) {
    const { image: picture, mask } = await decodePicture(await requireImageFile(image, context), image)
    return [channel === 'alpha' ? mask : channelMask(picture, ['red', 'green', 'blue'].indexOf(channel))]
  },
})
