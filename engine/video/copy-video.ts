/**
 * @file A video file into another file: copied as it is coded when the target holds that, else coded again. The sound
 * comes along.
 */
import type { PngText } from '../images/png-text.ts'
import { carrierInput, metadataCarrier } from './metadata-carrier.ts'
import { type VideoFacts, videoInput } from './probe-video.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

export interface VideoCopy {
  ffmpeg: string
  source: string
  facts: VideoFacts
  /** Encoder arguments for a source that is not H.264. */
  encoder: readonly string[]
  metadata: readonly PngText[]
  signal: AbortSignal
}

const copyTime = 3 * 60 * 60 * 1000

/** Writes an MP4 with H.264 pictures to `path`. @throws as {@link runFfmpeg} */
export async function copyVideo(path: string, copy: VideoCopy): Promise<void> {
  const { facts } = copy
  const isReady = facts.codec === 'h264' && facts.type !== 'video/x-msvideo'
  await runFfmpeg({
    ffmpeg: copy.ffmpeg,
    arguments: [
      ...['-loglevel', 'error', '-y', ...videoInput(facts.type, copy.source), ...carrierInput],
      ...['-map', '0:v:0', '-map', '0:a:0?', '-map_metadata', '1'],
      ...(isReady
        ? ['-c:v', 'copy', '-c:a', 'copy']
        : [
            ...['-vf', 'scale=trunc(iw/2)*2:trunc(ih/2)*2', ...copy.encoder, '-pix_fmt', 'yuv420p'],
            ...['-c:a', 'aac', '-b:a', '192k'],
          ]),
      ...['-movflags', '+faststart+use_metadata_tags', '-f', 'mp4', `file:${path}`],
    ],
    signal: copy.signal,
    timeLimit: copyTime,
    sideInput: metadataCarrier(copy.metadata),
  })
}
