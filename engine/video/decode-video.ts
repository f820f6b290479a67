/**
 * @file The frames of a video file as a batch of pictures. Every coded frame comes out once; size, number and time are
 * limited, so that a small file cannot take the machine.
 */
import { allocateImage, requireRoom } from '../images/allocate.ts'
import { fromBytes } from '../images/bytes.ts'
import type { ImageTensor } from '../tensor.ts'
import { probeVideo, videoInput } from './probe-video.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

/** CPU seconds and wall milliseconds that decoding one file may take. */
const decodeCpuSeconds = 600
const decodeTime = 15 * 60 * 1000

export interface DecodeOptions {
  ffmpeg: string
  path: string
  name: string
  signal: AbortSignal
  /** Called as frames arrive, with their number so far; may throw to stop. */
  onFrame: (count: number) => Promise<void>
}

/** @throws NodeError when the file is no video, damaged, or its frames would not fit in memory */
export async function decodeVideo(options: DecodeOptions): Promise<{ images: ImageTensor; frameRate: number }> {
  const { ffmpeg, path, name, signal } = options
  const { type, width, height, frameRate } = await probeVideo(ffmpeg, path, name, signal)
  const rate = frameRate.join('/')
  const collector = createCollector(width * height * 3, `${name}, ${width} × ${height} pixels`)
  await runFfmpeg({
    ffmpeg,
    arguments: [
      ...['-loglevel', 'error', '-timelimit', String(decodeCpuSeconds), ...videoInput(type, path), '-map', '0:v:0'],
      // New, even time stamps: frames are neither repeated nor dropped, in old and new versions alike.
      ...['-vf', `setpts=N/(${rate})/TB,scale=flags=bicubic+accurate_rnd+full_chroma_int`, '-r', rate],
      ...['-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
    ],
    signal,
    timeLimit: decodeTime,
    onOutput: async (chunk) => {
      collector.add(chunk)
      await options.onFrame(collector.count())
    },
  })
  return { images: collector.toImage(height, width), frameRate: frameRate[0] / frameRate[1] }
}

/** Gathers raw frames as bytes, a quarter of what the tensor takes; refuses as soon as that would not fit. */
function createCollector(frameBytes: number, description: string) {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    add(chunk: Buffer) {
      chunks.push(chunk)
      bytes += chunk.length
      requireRoom(bytes, `${description}, more than ${Math.floor(bytes / frameBytes)} frames,`)
    },
    count: () => Math.floor(bytes / frameBytes),
    toImage(height: number, width: number): ImageTensor {
      const images = allocateImage(Math.floor(bytes / frameBytes), height, width, 3)
      let offset = 0
      for (const chunk of chunks.splice(0)) {
        const room = images.data.length - offset
        fromBytes(room < chunk.length ? chunk.subarray(0, room) : chunk, images.data, offset)
        offset += Math.min(room, chunk.length)
      }
      return images
    },
  }
}
