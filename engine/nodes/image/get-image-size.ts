/** @file GetImageSize: width, height and number of pictures, also shown on the node. */
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const getImageSize = defineNode({
  classType: 'GetImageSize',
  displayName: 'Get Image Size',
  description: 'Returns the width, height and batch size of the image.',
  category: 'image',
  searchAliases: ['dimensions', 'resolution', 'image info'],
  inputs: { image: input.link<ImageTensor>('IMAGE') },
  hidden: { unique_id: 'UNIQUE_ID' },
  outputs: [
    { type: 'INT', name: 'width' },
    { type: 'INT', name: 'height' },
    { type: 'INT', name: 'batch_size' },
  ],
  execute({ image }, context) {
    const [batch, height, width] = image.shape
    context.sendText(`width: ${width}, height: ${height}\n batch size: ${batch}`)
    return [width, height, batch]
  },
})
