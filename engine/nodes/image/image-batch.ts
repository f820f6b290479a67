/** @file ImageBatch: two batches in one. The second is scaled and cropped to the size of the first. */
import { concatBatches, withChannels } from '../../images/batch.ts'
import { scaleImage } from '../../images/scale.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageBatch = defineNode({
  classType: 'ImageBatch',
  displayName: 'Batch Images',
  category: 'image/batch',
  searchAliases: ['combine images', 'merge images', 'stack images'],
  inputs: { image1: input.link<ImageTensor>('IMAGE'), image2: input.link<ImageTensor>('IMAGE') },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image1, image2 }, context) {
    const channels = Math.max(image1.shape[3], image2.shape[3])
    const first = withChannels(image1, channels)
    const [, height, width] = first.shape
    let second = withChannels(image2, channels)
    if (second.shape[1] !== height || second.shape[2] !== width) {
      second = await scaleImage(second, width, height, 'bilinear', 'center', createPause(context.signal))
    }
    return [concatBatches(first, second)]
  },
})
