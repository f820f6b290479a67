/** @file MaskToImage: a mask as a grey picture. */
import { allocateImage } from '../../images/allocate.ts'
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const maskToImage = defineNode({
  classType: 'MaskToImage',
  displayName: 'Convert Mask to Image',
  category: 'image/mask',
  searchAliases: ['convert mask'],
  inputs: { mask: input.link<MaskTensor>('MASK') },
  outputs: [{ type: 'IMAGE' }],
  execute({ mask }) {
    const image = allocateImage(...mask.shape, 3)
    for (let i = 0; i < image.data.length; i++) image.data[i] = mask.data[Math.floor(i / 3)]!
    return [image]
  },
})
