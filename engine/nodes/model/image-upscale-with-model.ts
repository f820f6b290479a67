/** @file ImageUpscaleWithModel: enlarges (or cleans) a batch tile by tile, with a preview of the picture so far. */
import { resampleSteps } from '../../images/resample.ts'
import { fillSteps, runSteps, type Steps } from '../../images/steps.ts'
import { PreviewCanvas } from '../../models/preview-canvas.ts'
import type { Upscaler } from '../../models/upscale/probe-upscaler.ts'
import { upscaleImage } from '../../models/upscale/upscale-image.ts'
import { createImage, type ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

/** What is not done yet shows in the preview, darker. */
const waitingBrightness = 0.5

export const imageUpscaleWithModel = defineNode({
  classType: 'ImageUpscaleWithModel',
  displayName: 'Upscale Image (using Model)',
  category: 'image/upscaling',
  description: 'Enlarges pictures with an upscale model; its scale is the model’s own. An alpha channel is kept.',
  searchAliases: ['upscale', 'super resolution', 'enlarge image', 'denoise', 'clean up jpeg'],
  inputs: {
    upscale_model: input.link<Upscaler>('UPSCALE_MODEL'),
    image: input.link<ImageTensor>('IMAGE'),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ upscale_model: upscaler, image }, context) {
    const [, height, width, channels] = image.shape
    const canvas = new PreviewCanvas(width * upscaler.scale, height * upscaler.scale, { side: context.previewSize })
    let painted = -1
    const result = await upscaleImage(image, upscaler, {
      onTile: async ({ done, total, batchIndex, picture, part }) => {
        if (painted !== batchIndex) {
          const offset = batchIndex * height * width * channels
          canvas.paint({ data: image.data, offset, width, height, channels }, { brightness: waitingBrightness })
          painted = batchIndex
        }
        canvas.paint(picture, { part })
        await context.progress(done, total, await canvas.encode())
      },
    })
    return [channels === 4 ? await runSteps(withAlpha(result, image), createPause(context.signal)) : result]
  },
})

/** The alpha of the original, resized without a model, as ComfyUI does. */
function* withAlpha(color: ImageTensor, original: ImageTensor): Steps<ImageTensor> {
  const [batch, height, width] = color.shape
  const [, oldHeight, oldWidth] = original.shape
  const result = createImage(batch, height, width, 4)
  const small = new Float32Array(oldHeight * oldWidth)
  const pixels = height * width
  for (let index = 0; index < batch; index += 1) {
    yield* fillSteps(small, (pixel) => original.data[(index * small.length + pixel) * 4 + 3]!)
    const alpha = yield* resampleSteps(small, [oldHeight, oldWidth, 1], height, width, 'bilinear')
    const from = index * pixels * 3
    yield* fillSteps(result.data.subarray(index * pixels * 4, (index + 1) * pixels * 4), (at) => {
      const pixel = at >> 2
      const channel = at & 3
      return channel === 3 ? alpha[pixel]! : color.data[from + pixel * 3 + channel]!
    })
  }
  return result
}
