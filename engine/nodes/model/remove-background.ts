/** @file RemoveBackground: the mask of the foreground, 1 where it is. Cutting it out is JoinImageWithAlpha's work. */
import { type BackgroundRemover, findForeground } from '../../models/background/background-remover.ts'
import { PreviewCanvas } from '../../models/preview-canvas.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const removeBackground = defineNode({
  classType: 'RemoveBackground',
  displayName: 'Remove Background',
  category: 'image/background removal',
  description:
    'Finds the foreground of a picture. The mask is 1 on the foreground; to cut it out, invert the mask and join it as alpha.',
  inputs: {
    bg_removal_model: input.link<BackgroundRemover>('BACKGROUND_REMOVAL', {
      tooltip: 'Finds what is in front',
    }),
    image: input.link<ImageTensor>('IMAGE', { tooltip: 'The picture to look at' }),
  },
  outputs: [{ type: 'MASK', name: 'mask' }],
  async execute({ bg_removal_model: remover, image }, context) {
    const [, height, width] = image.shape
    const canvas = new PreviewCanvas(width, height, { side: context.previewSize })
    const mask = await findForeground(image, remover, {
      pause: createPause(context.signal),
      onPicture: async (done, total, latest) => {
        canvas.paint({ data: latest, offset: 0, width, height, channels: 1 })
        await context.progress(done, total, await canvas.encode())
      },
    })
    return [mask]
  },
})
