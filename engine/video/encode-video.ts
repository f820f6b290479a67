/**
 * @file A batch of pictures as a video file. Frames are piped raw, one at a time; colours are converted and tagged as
 * BT.709, so that players show what the pictures showed; the graph goes into the container's metadata.
 */
import type { PngText } from '../images/png-text.ts'
import type { ImageTensor } from '../tensor.ts'
import { frameBytes, frameLayout } from './frames.ts'
import { carrierInput, metadataCarrier } from './metadata-carrier.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

export interface VideoEncoding {
  ffmpeg: string
  images: ImageTensor
  /** Frames per second; kept to a thousandth. */
  frameRate: number
  container: 'mp4' | 'webm'
  /** Encoder arguments, e.g. `-c:v libx264 -crf 18`. */
  encoder: readonly string[]
  /** `yuva420p` keeps an alpha channel, where the encoder can. */
  pixelFormat: 'yuv420p' | 'yuva420p' | 'yuv420p10le'
  metadata: readonly PngText[]
  signal: AbortSignal
  /** Called before each frame is sent; may throw to stop. */
  onFrame: (index: number, count: number) => Promise<void>
}

/** Long enough for a slow encoder on two cores; a hang ends too. */
const encodeTime = 3 * 60 * 60 * 1000

/** Encodes into `path`. @throws as {@link runFfmpeg} */
export async function encodeVideo(path: string, encoding: VideoEncoding): Promise<void> {
  const { images, container, pixelFormat } = encoding
  const layout = frameLayout(images, pixelFormat === 'yuva420p')
  await runFfmpeg({
    ffmpeg: encoding.ffmpeg,
    arguments: [
      ...['-loglevel', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', layout.channels === 4 ? 'rgba' : 'rgb24'],
      ...['-s', `${layout.width}x${layout.height}`, '-r', frameRateFraction(encoding.frameRate), '-i', 'pipe:0'],
      ...[...carrierInput, '-map', '0:v:0', '-map_metadata', '1'],
      ...['-vf', `scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int`],
      ...['-pix_fmt', pixelFormat, '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
      ...['-color_range', 'tv', ...encoding.encoder],
      // The index goes to the front, so that a browser plays before it has everything; custom keys need the tag mode.
      ...(container === 'mp4' ? ['-movflags', '+faststart+use_metadata_tags'] : []),
      ...['-f', container, `file:${path}`],
    ],
    signal: encoding.signal,
    timeLimit: encodeTime,
    input: framesOf(encoding, layout),
    sideInput: metadataCarrier(encoding.metadata),
  })
}

async function* framesOf(encoding: VideoEncoding, layout: ReturnType<typeof frameLayout>): AsyncGenerator<Uint8Array> {
  const count = encoding.images.shape[0]
  for (let i = 0; i < count; i++) {
    await encoding.onFrame(i, count)
    yield frameBytes(encoding.images, i, layout)
  }
}

/** Frames per second as a fraction of whole numbers, which no option rounds further. */
export function frameRateFraction(frameRate: number): string {
  return `${Math.max(1, Math.round(frameRate * 1000))}/1000`
}
