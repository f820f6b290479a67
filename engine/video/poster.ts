/**
 * @file The still that stands for a video: the first frame from 10 % on that is not black, as a PNG. Videos often begin
 * with a fade, so the very first frame says little.
 */
import sharp from 'sharp'
import { videoInput } from './probe-video.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

/** Where to look, as shares of the length, in this order. */
const positions = [0.1, 0.25, 0.5, 0.75, 0]
/** Mean luma (0 to 255) from which a frame is not black. */
const darkest = 20
const frameTime = 30_000

export interface PosterRequest {
  ffmpeg: string
  video: string
  /** MIME type of the video. */
  type: string
  /** Seconds. */
  duration: number
  signal: AbortSignal
}

/**
 * @returns a PNG, or null when no frame can be read
 */
export async function makePoster(
  request: PosterRequest,
): Promise<{ png: Buffer; width: number; height: number } | null> {
  let fallback: Buffer | null = null
  for (const position of positions) {
    const frame = await readFrame(request, position * request.duration)
    if (frame.length === 0) continue
    fallback ??= frame
    if ((await meanLuma(frame)) >= darkest) return asPng(frame)
  }
  return fallback ? asPng(fallback) : null
}

/** One frame near `seconds`, as a PNG that ffmpeg makes: it carries its own size. */
async function readFrame({ ffmpeg, video, type, signal }: PosterRequest, seconds: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  await runFfmpeg({
    ffmpeg,
    arguments: [
      ...['-loglevel', 'error', '-ss', seconds.toFixed(3), ...videoInput(type, video), '-map', '0:v:0'],
      ...['-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1'],
    ],
    signal,
    timeLimit: frameTime,
    onOutput: (chunk) => {
      chunks.push(chunk)
    },
  })
  return Buffer.concat(chunks)
}

async function meanLuma(frame: Buffer): Promise<number> {
  const { channels } = await sharp(frame).toColourspace('b-w').stats()
  return channels[0]?.mean ?? 0
}

async function asPng(frame: Buffer) {
  const { data, info } = await sharp(frame)
    .removeAlpha()
    .png({ compressionLevel: 4, adaptiveFiltering: true })
    .toBuffer({ resolveWithObject: true })
  return { png: data, width: info.width, height: info.height }
}
