/** @file ImageBlend: the second picture over the first, by a mode and a share. The first one's alpha stays. */
import { allocateImage } from '../../images/allocate.ts'
import { repeatToBatch, requireBroadcast, withChannels } from '../../images/batch.ts'
import { type BlendMode, blendFunctions, blendModes } from '../../images/blend.ts'
import { scaleImage } from '../../images/scale.ts'
import { fillSteps, runSteps } from '../../images/steps.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const imageBlend = defineNode({
  classType: 'ImageBlend',
  displayName: 'Blend Images',
  category: 'image/filters',
  searchAliases: ['mix images'],
  inputs: {
    image1: input.link<ImageTensor>('IMAGE'),
    image2: input.link<ImageTensor>('IMAGE'),
    blend_factor: input.float({ default: 0.5, min: 0.0, max: 1.0, step: 0.01 }),
    blend_mode: input.combo(blendModes),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ image1, image2, blend_factor, blend_mode }, context) {
    const pause = createPause(context.signal)
    const batch = Math.max(image1.shape[0], image2.shape[0])
    requireBroadcast(batch, image1.shape[0], 'image1')
    requireBroadcast(batch, image2.shape[0], 'image2')
    const lower = repeatToBatch(image1, batch)
    const [, height, width, channels] = lower.shape
    let upper = repeatToBatch(withChannels(image2, channels), batch)
    if (upper.shape[1] !== height || upper.shape[2] !== width) {
      upper = await scaleImage(upper, width, height, 'bicubic', 'center', pause)
    }
    const mix = blendFunctions[blend_mode as BlendMode]
    const blended = allocateImage(...lower.shape)
    const blend = (i: number) => {
      const a = lower.data[i]!
      if (channels === 4 && i % 4 === 3) return a
      return clamp(a * (1 - blend_factor) + mix(a, upper.data[i]!) * blend_factor)
    }
    await runSteps(fillSteps(blended.data, blend), pause)
    return [blended]
  },
})

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}
