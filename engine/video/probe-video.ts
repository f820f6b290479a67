/**
 * @file What is in a video file, found by decoding its first frame: size as shown (rotation applied), exact frame rate,
 * codec, length. No separate ffprobe is needed; not every ffmpeg comes with one.
 */
import { open } from 'node:fs/promises'
import { demuxerArguments } from '#platform/ffmpeg'
import { sniffLength, sniffMediaType } from '#platform/media-type'
import { NodeError } from '../nodes/define.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

export interface VideoFacts {
  /** MIME type by content. */
  type: string
  codec: string
  width: number
  height: number
  /** `30000/1001` as numerator and denominator. */
  frameRate: readonly [number, number]
  /** Seconds; null when the container does not say. */
  duration: number | null
}

const probeTime = 30_000

/** The MIME type of a video file by content. @throws NodeError when it is no video that is read */
export async function requireVideoType(path: string, name: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    const head = Buffer.alloc(sniffLength)
    const { bytesRead } = await handle.read(head, 0, sniffLength, 0)
    const sniffed = sniffMediaType(head.subarray(0, bytesRead))
    if (sniffed?.kind === 'video') return sniffed.type
  } finally {
    await handle.close()
  }
  throw new NodeError(`${name} is not a video that can be read (MP4, MOV, WebM or AVI)`)
}

/** Input arguments that open exactly this file. @throws NodeError for types that are not opened */
export function videoInput(type: string, path: string): string[] {
  const opened = demuxerArguments(type, path)
  if (!opened) throw new NodeError('This kind of video is not read')
  return opened
}

/** @throws NodeError when the file holds no picture that can be decoded */
export async function probeVideo(ffmpeg: string, path: string, name: string, signal: AbortSignal): Promise<VideoFacts> {
  const type = await requireVideoType(path, name)
  let head = Buffer.alloc(0)
  const log = await runFfmpeg({
    ffmpeg,
    arguments: [
      ...[...videoInput(type, path), '-map', '0:v:0', '-frames:v', '1', '-pix_fmt', 'yuv420p'],
      ...['-f', 'yuv4mpegpipe', 'pipe:1'],
    ],
    signal,
    timeLimit: probeTime,
    onOutput: (chunk) => {
      if (head.length < 256) head = Buffer.concat([head, chunk.subarray(0, 256)])
    },
  })
  // "YUV4MPEG2 W640 H360 F30000:1001 …": width, height and rate as the frames come out.
  const header = /^YUV4MPEG2 W(\d+) H(\d+) F(\d+):(\d+)/.exec(head.toString('latin1'))
  if (!header) throw new NodeError(`${name} holds no picture that can be decoded`)
  const [width, height, numerator, denominator] = header.slice(1, 5).map(Number) as [number, number, number, number]
  if (numerator < 1 || denominator < 1) throw new NodeError(`${name} has no frame rate`)
  return {
    type,
    codec: /Stream #0:\d+.*?: Video: (\w+)/.exec(log)?.[1] ?? 'unknown',
    width,
    height,
    frameRate: [numerator, denominator],
    duration: parseDuration(log),
  }
}

function parseDuration(log: string): number | null {
  const match = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(log)
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : null
}
