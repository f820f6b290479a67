/** @file LoadImageMask: one channel of a picture as a mask; the alpha channel comes out as 1 − alpha. */
import { decodePicture } from '../../images/decode.ts'
import { channelMask } from '../../images/masks.ts'
import { defineNode, input } from '../define.ts'
import { inputFileCheck, inputFileMark, requireInputFile } from '../input-file.ts'
import { imageFileInput } from './load-image.ts'

export const loadImageMask = defineNode({
  classType: 'LoadImageMask',
  displayName: 'Load Image (as Mask)',
  category: 'image',
  inputs: { image: imageFileInput, channel: input.combo(['alpha', 'red', 'green', 'blue']) },
  outputs: [{ type: 'MASK' }],
  validate: inputFileCheck('image', 'image'),
  changeMark: inputFileMark('image', 'image'),
  async execute({ image, channel }, context) {
    const { image: picture, mask } = await decodePicture(await requireInputFile(image, 'image', context), image)
    return [channel === 'alpha' ? mask : channelMask(picture, ['red', 'green', 'blue'].indexOf(channel))]
  },
})
