/** @file ImageToMask: one channel as a mask, alpha as it is (not inverted). */
import { channelMask } from '../../images/masks.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input, NodeError } from '../define.ts'

const channels = ['red', 'green', 'blue', 'alpha']

export const imageToMask = defineNode({
  classType: 'ImageToMask',
  displayName: 'Convert Image to Mask',
  category: 'image/mask',
  searchAliases: ['extract channel', 'channel to mask'],
  inputs: { image: input.link<ImageTensor>('IMAGE'), channel: input.combo(channels) },
  outputs: [{ type: 'MASK' }],
  execute({ image, channel }) {
    const index = channels.indexOf(channel)
    if (index >= image.shape[3]) throw new NodeError(`The image has no ${channel} channel`, 'IndexError')
    return [channelMask(image, index)]
  },
})
