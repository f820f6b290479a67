/** @file ImageQuantize: few colours, with a choice of dither. An alpha channel stays as it is. */
import { allocateImage } from '../../images/allocate.ts'
import { pictureAt, withChannels } from '../../images/batch.ts'
import { toBytes } from '../../images/bytes.ts'
import { applyPalette, type DitherMethod, ditherMethods } from '../../images/dither.ts'
import { medianCutPalette } from '../../images/median-cut.ts'
import { runSteps } from '../../images/steps.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageQuantize = defineNode({
  classType: 'ImageQuantize',
  displayName: 'Quantize Image',
  category: 'image/filters',
  inputs: {
    image: input.link<ImageTensor>('IMAGE'),
    colors: input.int({ default: 256, min: 1, max: 256, step: 1 }),
    dither: input.combo(ditherMethods),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image, colors, dither }, context) {
    const [batch, height, width, channels] = image.shape
    const pause = createPause(context.signal)
    const rgb = withChannels(image, 3)
    const quantized = allocateImage(...image.shape)
    const pixels = height * width
    for (let b = 0; b < batch; b++) {
      const bytes = toBytes(pictureAt(rgb, b))
      const palette = await runSteps(medianCutPalette(bytes, colors), pause)
      const mapped = await runSteps(applyPalette(bytes, width, height, palette, dither as DitherMethod), pause)
      for (let p = 0; p < pixels; p++) {
        const at = (b * pixels + p) * channels
        for (let c = 0; c < channels; c++) {
          quantized.data[at + c] = c < 3 ? mapped[p * 3 + c]! / 255 : image.data[at + c]!
        }
      }
    }
    return [quantized]
  },
})
