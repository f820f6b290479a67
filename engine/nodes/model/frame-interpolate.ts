/** @file FrameInterpolate: makes frames between the frames of a batch, for slow motion or a video of two pictures. */
import { type FrameInterpolator, interpolateFrames } from '../../models/interpolation/interpolate-frames.ts'
import { PreviewCanvas } from '../../models/preview-canvas.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const frameInterpolate = defineNode({
  classType: 'FrameInterpolate',
  displayName: 'Run Frame Interpolation Model',
  category: 'video',
  description: 'Puts new frames between the frames of a batch: (frames - 1) x multiplier + 1 in all.',
  searchAliases: ['rife', 'frame interpolation', 'slow motion', 'interpolate frames', 'vfi'],
  inputs: {
    interp_model: input.link<FrameInterpolator>('INTERP_MODEL'),
    images: input.link<ImageTensor>('IMAGE'),
    multiplier: input.int({ default: 2, min: 2, max: 16 }),
  },
  outputs: [{ type: 'IMAGE' }],
  async execute({ interp_model: interpolator, images, multiplier }, context) {
    const [frames, height, width] = images.shape
    // Nothing lies between the frames of a single picture.
    if (frames < 2 || multiplier < 2) return [images]
    const canvas = new PreviewCanvas(width, height, { side: context.previewSize })
    const result = await interpolateFrames(images, multiplier, interpolator, async ({ done, total, frame }) => {
      canvas.paint(frame)
      await context.progress(done, total, await canvas.encode())
    })
    return [result]
  },
})
