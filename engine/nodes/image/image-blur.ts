/** @file ImageBlur: a Gaussian blur. */
import { allocateImage } from '../../images/allocate.ts'
import { pictureAt, pictureLength } from '../../images/batch.ts'
import { gaussianBlur } from '../../images/gaussian-blur.ts'
import { runSteps } from '../../images/steps.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageBlur = defineNode({
  classType: 'ImageBlur',
  displayName: 'Blur Image',
  category: 'image/filters',
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    blur_radius: input.int({ default: 1, min: 1, max: 31, step: 1 }),
    sigma: input.float({ default: 1.0, min: 0.1, max: 10.0, step: 0.1 }),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image, blur_radius, sigma }, context) {
    const [batch, height, width, channels] = image.shape
    const pause = createPause(context.signal)
    const blurred = allocateImage(...image.shape)
    for (let b = 0; b < batch; b++) {
      const steps = gaussianBlur(pictureAt(image, b), [height, width, channels], blur_radius, sigma)
      const picture = await runSteps(steps, pause)
      blurred.data.set(picture, b * pictureLength(image))
    }
    return [blurred]
  },
})
