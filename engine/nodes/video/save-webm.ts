/** @file SaveWEBM: pictures as a WebM, VP9 (with transparency if they have it) or AV1. */

import type { ImageTensor } from '../../tensor.ts'
import { encodeVideo, type VideoEncoding } from '../../video/encode-video.ts'
import { frameLayout } from '../../video/frames.ts'
import { requireFfmpeg } from '../../video/require-ffmpeg.ts'
import { defineNode, input } from '../define.ts'
import { embeddedTexts } from '../embedded-texts.ts'
import { framePace } from './frame-pace.ts'

export const saveWebm = defineNode({
  classType: 'SaveWEBM',
  displayName: 'Save WEBM',
  category: 'image/video',
  isOutputNode: true,
  experimental: true,
  searchAliases: ['export webm'],
  inputs: {
    images: input.link<ImageTensor>('IMAGE'),
    filename_prefix: input.string({ default: 'ComfyUI' }),
    codec: input.combo(['vp9', 'av1']),
    fps: input.float({ default: 24.0, min: 0.01, max: 1000.0, step: 0.01 }),
    crf: input.float({
      default: 32.0,
      min: 0,
      max: 63.0,
      step: 1,
      tooltip: 'Higher means lower quality and a smaller file, lower means higher quality and a larger one.',
    }),
  },
  hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
  outputs: [],
  async execute({ images, filename_prefix, codec, fps, crf }, context) {
    const keepsAlpha = codec === 'vp9' && images.shape[3] === 4
    const { width, height } = frameLayout(images, keepsAlpha)
    const file = await context.outputs.write({
      prefix: filename_prefix,
      extension: 'webm',
      destination: 'output',
      batchIndex: 0,
      width,
      height,
      duration: images.shape[0] / fps,
      write: (path) =>
        encodeVideo(path, {
          ffmpeg: requireFfmpeg(),
          images,
          frameRate: fps,
          container: 'webm',
          ...codecOf(codec, crf, keepsAlpha),
          metadata: embeddedTexts(context),
          signal: context.signal,
          onFrame: framePace(context),
        }),
    })
    return { ui: { images: [file], animated: [true] } }
  },
})

function codecOf(codec: string, crf: number, keepsAlpha: boolean): Pick<VideoEncoding, 'encoder' | 'pixelFormat'> {
  const quality = ['-crf', String(Math.round(crf)), '-b:v', '0']
  if (codec === 'av1') {
    // libaom is in every ffmpeg that knows AV1; older ones call it experimental.
    const encoder = ['-c:v', 'libaom-av1', '-strict', 'experimental', '-cpu-used', '8', ...quality]
    return { encoder, pixelFormat: 'yuv420p' }
  }
  const encoder = ['-c:v', 'libvpx-vp9', '-deadline', 'good', '-cpu-used', '4', '-row-mt', '1', ...quality]
  return { encoder, pixelFormat: keepsAlpha ? 'yuva420p' : 'yuv420p' }
}
