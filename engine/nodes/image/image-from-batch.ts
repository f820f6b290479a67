/** @file ImageFromBatch: some pictures of a batch, counted from its end when the index is negative. */
import { selectPictures } from '../../images/batch.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxBatch, maxResolution } from '../limits.ts'

export const imageFromBatch = defineNode({
  classType: 'ImageFromBatch',
  displayName: 'Get Image from Batch',
  category: 'image/batch',
  searchAliases: ['select image', 'pick from batch', 'extract image'],
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    batch_index: input.int({ default: 0, min: -maxResolution, max: maxResolution }),
    length: input.int({ default: 1, min: 1, max: maxBatch }),
  },
  outputs: [{ type: 'IMAGE' }],
  execute({ image, batch_index, length }) {
    const batch = image.shape[0]
    const wanted = batch_index < 0 ? batch_index + batch : batch_index
    const start = Math.max(0, Math.min(batch - 1, wanted))
    const count = Math.min(batch - start, length)
    return [
      selectPictures(
        image,
        Array.from({ length: count }, (_, i) => start + i),
      ),
    ]
  },
})
