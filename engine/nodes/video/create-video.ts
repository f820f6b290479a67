/** @file CreateVideo: pictures as a video value; coding waits for a save node. */
import type { ImageTensor, VideoValue } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const createVideo = defineNode({
  classType: 'CreateVideo',
  displayName: 'Create Video',
  description: 'Create a video from images.',
  category: 'image/video',
  searchAliases: ['images to video'],
  inputs: {
    images: input.link<ImageTensor>('IMAGE', { tooltip: 'The images to create a video from.' }),
    fps: input.float({ default: 30.0, min: 1.0, max: 120.0, step: 1.0 }),
    audio: input.optional(input.link('AUDIO', { tooltip: 'The audio to add to the video.' })),
  },
  outputs: [{ type: 'VIDEO' }],
  execute({ images, fps }) {
    const video: VideoValue = { source: 'frames', images, frameRate: fps }
    return [video]
  },
})
