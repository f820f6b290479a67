/** @file GetVideoComponents: the pictures and the frame rate of a video. Sound is not decoded: that output is null. */
import { basename } from 'node:path'
import type { VideoValue } from '../../tensor.ts'
import { decodeVideo } from '../../video/decode-video.ts'
import { requireFfmpeg } from '../../video/require-ffmpeg.ts'
import { defineNode, input } from '../define.ts'
import { createPause } from '../pause.ts'

export const getVideoComponents = defineNode({
  classType: 'GetVideoComponents',
  displayName: 'Get Video Components',
  description: 'Extracts all components from a video: frames, audio and frame rate.',
  category: 'image/video',
  searchAliases: ['extract frames', 'split video', 'video to images'],
  inputs: {
    video: input.link<VideoValue>('VIDEO', { tooltip: 'The video to extract components from.' }),
  },
  outputs: [
    { type: 'IMAGE', name: 'images' },
    { type: 'AUDIO', name: 'audio' },
    { type: 'FLOAT', name: 'fps' },
  ],
  async execute({ video }, context) {
    if (video.source === 'frames') return [video.images, null, video.frameRate]
    const pause = createPause(context.signal)
    const { images, frameRate } = await decodeVideo({
      ffmpeg: requireFfmpeg(),
      path: video.path,
      name: basename(video.path),
      signal: context.signal,
      onFrame: pause,
    })
    return [images, null, frameRate]
  },
})
