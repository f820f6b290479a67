/** @file ImageStitch: two pictures side by side or one above the other, with a coloured gap if wanted. */

import { repeatLast, withChannels } from '../../images/batch.ts'
import { scaleImage } from '../../images/scale.ts'
import { stitch, stitchColours, stitchDirections } from '../../images/stitch.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageStitch = defineNode({
  classType: 'ImageStitch',
  displayName: 'Stitch Images',
  description: 'Puts image2 beside image1. Without image2 the first comes out unchanged.',
  category: 'image/transform',
  searchAliases: ['combine images', 'join images', 'side by side'],
  inputs: {
    image1: input.link<ImageTensor>('IMAGE'),
    direction: input.combo(stitchDirections, { default: 'right' }),
    match_image_size: input.boolean({ default: true }),
    spacing_width: input.int({ default: 0, min: 0, max: 1024, step: 2, advanced: true }),
    spacing_color: input.combo(Object.keys(stitchColours), { default: 'white', advanced: true }),
    image2: input.optional(input.link<ImageTensor>('IMAGE')),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image1, direction, match_image_size, spacing_width, spacing_color, image2 }, context) {
    if (!image2) return [image1]
    const batch = Math.max(image1.shape[0], image2.shape[0])
    const first = repeatLast(image1, batch)
    let second = repeatLast(image2, batch)
    if (match_image_size) {
      const [, height, width] = first.shape
      const aspect = second.shape[2] / second.shape[1]
      const isAcross = direction === 'left' || direction === 'right'
      const size = isAcross ? [Math.trunc(height * aspect), height] : [width, Math.trunc(width / aspect)]
      second = await scaleImage(second, size[0]!, size[1]!, 'lanczos', 'disabled', createPause(context.signal))
    }
    const channels = Math.max(first.shape[3], second.shape[3])
    const gap = spacing_width + (spacing_width % 2)
    return [stitch(withChannels(first, channels), withChannels(second, channels), direction, gap, spacing_color)]
  },
})
