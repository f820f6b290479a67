/** @file RepeatImageBatch: the whole batch several times over. */
import { repeatToBatch } from '../../images/batch.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxBatch } from '../limits.ts'

export const repeatImageBatch = defineNode({
  classType: 'RepeatImageBatch',
  displayName: 'Repeat Image Batch',
  category: 'image/batch',
  searchAliases: ['duplicate image', 'clone image'],
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    amount: input.int({ default: 1, min: 1, max: maxBatch }),
  },
  outputs: [{ type: 'IMAGE' }],
  execute: ({ image, amount }) => [repeatToBatch(image, image.shape[0] * amount)],
})
