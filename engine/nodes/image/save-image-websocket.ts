/** @file SaveImageWebsocket: sends each picture to the client as a PNG and writes no file. Always runs. */
import { encodePng, pngCompression } from '../../images/encode-png.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const saveImageWebsocket = defineNode({
  classType: 'SaveImageWebsocket',
  category: 'image',
  isOutputNode: true,
  inputs: { images: input.link<ImageTensor>('IMAGE') },
  outputs: [],
  // A picture that was sent once must be sent again: never equal to what it was.
  changeMark: () => Number.NaN,
  async execute({ images }, context) {
    const count = images.shape[0]
    for (let index = 0; index < count; index++) {
      const bytes = await encodePng(images, index, pngCompression.preview)
      await context.progress(index, count)
      context.sendImage({ format: 'png', bytes })
    }
    return []
  },
})
