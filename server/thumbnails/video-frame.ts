/** @file Takes frames out of a video (or decodes a BMP, which sharp cannot) with ffmpeg. Runs in the thumbnail child. */
import { spawn } from 'node:child_process'
import { demuxerArguments } from '#platform/ffmpeg'

/** A frame is scaled to this width before it leaves ffmpeg, so that its size is bounded. */
const maxFrameWidth = 1280
const maxFrameBytes = 32 * 1024 * 1024
const maxErrorBytes = 64 * 1024
const timeLimit = 30_000

export interface Frame {
  png: Buffer
  /** Of the video, in seconds; null when it does not tell, or is a picture. */
  duration: number | null
  /** Of the video: whether it has a sound track; null for a picture. */
  sound: boolean | null
}

/**
 * The frame at a tenth of the video: beginnings are often black.
 * @param type - MIME type by content
 * @throws Error with words when no frame can be read
 */
export async function readFrame(ffmpeg: string, type: string, path: string): Promise<Frame> {
  const open =
    type === 'image/bmp'
      ? ['-nostdin', '-protocol_whitelist', 'file,pipe', '-f', 'bmp_pipe', '-i', `file:${path}`]
      : demuxerArguments(type, path)
  if (!open) throw new Error('this kind of video is not read')
  const isVideo = type.startsWith('video/')
  const { duration, sound } = isVideo ? await readInfo(ffmpeg, open) : { duration: 0, sound: null }
  if (duration > 0) {
    const frame = await decode(ffmpeg, open, duration / 10).catch(() => null)
    if (frame?.length) return { png: frame, duration, sound }
  }
  const first = await decode(ffmpeg, open, 0)
  if (first.length === 0) throw new Error('the video has no readable frame')
  return { png: first, duration: duration || null, sound }
}

/** Frames of a strip, and how wide each is. */
export const stripFrames = 10
const stripFrameWidth = 240

/**
 * Frames from the middles of ten equal parts of a video, as PNGs of one size, in order.
 * @throws Error with words when the video has no known length or no readable frame
 */
export async function readStrip(ffmpeg: string, type: string, path: string): Promise<Buffer[]> {
  const open = type.startsWith('video/') ? demuxerArguments(type, path) : null
  if (!open) throw new Error('it is not a video that is read')
  const { duration } = await readInfo(ffmpeg, open)
  if (duration <= 0) throw new Error('the video does not tell its length')
  const frames: Buffer[] = []
  // Seeking ten times reads less than decoding a long video once.
  for (let n = 0; n < stripFrames; n++) {
    const frame = await decode(ffmpeg, open, ((n + 0.5) / stripFrames) * duration, stripFrameWidth).catch(() => null)
    if (frame?.length) frames.push(frame)
    else if (frames.length > 0) frames.push(frames.at(-1)!)
  }
  if (frames.length === 0) throw new Error('the video has no readable frame')
  while (frames.length < stripFrames) frames.unshift(frames[0]!)
  return frames
}

/** Seconds, 0 when the file does not tell, and whether there is sound. ffmpeg prints both when it is given no output. */
async function readInfo(ffmpeg: string, open: string[]): Promise<{ duration: number; sound: boolean }> {
  const { errors } = await run(ffmpeg, ['-hide_banner', ...open])
  const match = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(errors)
  const duration = match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : 0
  // Not the title or comment of a file, whose lines begin otherwise.
  return { duration, sound: /^ *Stream #\d+:\d+.*: Audio: /m.test(errors) }
}

async function decode(ffmpeg: string, open: string[], at: number, width = maxFrameWidth): Promise<Buffer> {
  const input = open.indexOf('-i')
  const seek = at > 0 ? ['-ss', at.toFixed(3)] : []
  const { output, code, errors } = await run(ffmpeg, [
    ...['-hide_banner', '-v', 'error', '-threads', '1'],
    ...open.slice(0, input),
    ...seek,
    ...open.slice(input),
    ...['-an', '-sn', '-frames:v', '1', '-vf', `scale='min(${width},iw)':-1`],
    ...['-f', 'image2pipe', '-c:v', 'png', 'pipe:1'],
  ])
  if (code !== 0 && output.length === 0)
    throw new Error(errors.trim().split('\n').at(-1) || `ffmpeg ended with ${code}`)
  return output
}

function run(ffmpeg: string, options: string[]): Promise<{ code: number | null; output: Buffer; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(ffmpeg, options, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeLimit,
      killSignal: 'SIGKILL',
    })
    const output: Buffer[] = []
    let length = 0
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxFrameBytes) child.kill('SIGKILL')
      else output.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < maxErrorBytes) errors += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output: Buffer.concat(output), errors }))
  })
}
