/**
 * @file ImageSharpen: unsharp masking. ComfyUI's kernel is a Gaussian times −10·alpha with the centre raised until all
 * sums to 1, which is the picture plus 10·alpha times what the blur took away.
 */
import { allocateImage } from '../../images/allocate.ts'
import { pictureAt } from '../../images/batch.ts'
import { gaussianBlur } from '../../images/gaussian-blur.ts'
import { fillSteps, runSteps } from '../../images/steps.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageSharpen = defineNode({
  classType: 'ImageSharpen',
  displayName: 'Sharpen Image',
  category: 'image/filters',
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    sharpen_radius: input.int({ default: 1, min: 1, max: 31, step: 1, advanced: true }),
    sigma: input.float({ default: 1.0, min: 0.1, max: 10.0, step: 0.01, advanced: true }),
    alpha: input.float({ default: 1.0, min: 0.0, max: 5.0, step: 0.01, advanced: true }),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image, sharpen_radius, sigma, alpha }, context) {
    const [batch, height, width, channels] = image.shape
    const pause = createPause(context.signal)
    const sharpened = allocateImage(...image.shape)
    const strength = 10 * alpha
    for (let b = 0; b < batch; b++) {
      const picture = pictureAt(image, b)
      const blurred = await runSteps(gaussianBlur(picture, [height, width, channels], sharpen_radius, sigma), pause)
      const clamped = (i: number) => Math.min(1, Math.max(0, picture[i]! + strength * (picture[i]! - blurred[i]!)))
      await runSteps(fillSteps(pictureAt(sharpened, b), clamped), pause)
    }
    return [sharpened]
  },
})
