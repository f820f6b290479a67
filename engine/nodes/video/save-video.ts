/** @file SaveVideo: a video as an MP4 with H.264 pictures that every browser plays. */
import { basename } from 'node:path'
import type { VideoValue } from '../../tensor.ts'
import { chooseH264Encoder } from '../../video/choose-encoder.ts'
import { copyVideo } from '../../video/copy-video.ts'
import { encodeVideo } from '../../video/encode-video.ts'
import { frameLayout } from '../../video/frames.ts'
import { probeVideo } from '../../video/probe-video.ts'
import { requireFfmpeg } from '../../video/require-ffmpeg.ts'
import { defineNode, input, type NodeContext } from '../define.ts'
import { embeddedTexts } from '../embedded-texts.ts'
import { framePace } from './frame-pace.ts'

export const saveVideo = defineNode({
  classType: 'SaveVideo',
  displayName: 'Save Video',
  description: 'Saves the video in the output directory.',
  category: 'image/video',
  isOutputNode: true,
  searchAliases: ['export video'],
  inputs: {
    video: input.link<VideoValue>('VIDEO', { tooltip: 'The video to save.' }),
    filename_prefix: input.string({
      default: 'video/ComfyUI',
      tooltip: 'How the file name begins; may hold folders and tokens such as %width% or %year%.',
    }),
    format: input.combo(['auto', 'mp4'], { default: 'auto', tooltip: 'The container.' }),
    codec: input.combo(['auto', 'h264'], { default: 'auto', tooltip: 'How the pictures are coded.' }),
  },
  hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
  outputs: [],
  async execute({ video, filename_prefix }, context) {
    const ffmpeg = requireFfmpeg()
    const encoder = await chooseH264Encoder(ffmpeg, context.models.device, context.signal)
    const plan =
      video.source === 'frames'
        ? planEncoding(video, ffmpeg, encoder, context)
        : await planCopy(video, ffmpeg, encoder, context)
    const file = await context.outputs.write({
      prefix: filename_prefix,
      extension: 'mp4',
      destination: 'output',
      batchIndex: 0,
      ...plan,
    })
    return { ui: { images: [file], animated: [true] } }
  },
})

interface Plan {
  width: number
  height: number
  duration?: number
  write: (path: string) => Promise<void>
}

function planEncoding(
  { images, frameRate }: Extract<VideoValue, { source: 'frames' }>,
  ffmpeg: string,
  encoder: readonly string[],
  context: NodeContext,
): Plan {
  const { width, height } = frameLayout(images, false)
  return {
    width,
    height,
    duration: images.shape[0] / frameRate,
    write: (path) =>
      encodeVideo(path, {
        ffmpeg,
        images,
        frameRate,
        container: 'mp4',
        encoder,
        pixelFormat: 'yuv420p',
        metadata: embeddedTexts(context),
        signal: context.signal,
        onFrame: framePace(context),
      }),
  }
}

async function planCopy(
  { path: source }: Extract<VideoValue, { source: 'file' }>,
  ffmpeg: string,
  encoder: readonly string[],
  context: NodeContext,
): Promise<Plan> {
  const { signal } = context
  const facts = await probeVideo(ffmpeg, source, basename(source), signal)
  const metadata = embeddedTexts(context)
  return {
    width: facts.width,
    height: facts.height,
    ...(facts.duration === null ? {} : { duration: facts.duration }),
    write: (path) => copyVideo(path, { ffmpeg, source, facts, encoder, metadata, signal }),
  }
}
