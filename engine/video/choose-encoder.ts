/**
 * @file Which H.264 encoder: the graphics card's when it really encodes, else libx264. A listed encoder proves nothing
 * (the driver may be missing), so a few frames are encoded before it is believed.
 */
import { runFfmpeg } from './run-ffmpeg.ts'

/** libx264 at a quality that hides its work (CRF 18), playable everywhere. */
export const softwareH264: readonly string[] = ['-c:v', 'libx264', '-preset', 'medium', '-crf', '18']
const hardwareH264: readonly string[] = ['-c:v', 'h264_nvenc', '-rc', 'vbr', '-cq', '19', '-b:v', '0']

const probeTime = 20_000
const probeSide = 256
const probeFrames = 3

/**
 * @param device - what the models run on; only `cuda…` is worth a probe
 * @returns encoder arguments
 */
export async function chooseH264Encoder(
  ffmpeg: string,
  device: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (!device.startsWith('cuda')) return softwareH264
  return (await canEncode(ffmpeg, signal)) ? hardwareH264 : softwareH264
}

async function canEncode(ffmpeg: string, signal: AbortSignal): Promise<boolean> {
  let bytes = 0
  try {
    await runFfmpeg({
      ffmpeg,
      arguments: [
        ...['-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${probeSide}x${probeSide}`],
        ...['-i', 'pipe:0', ...hardwareH264, '-pix_fmt', 'yuv420p', '-f', 'h264', 'pipe:1'],
      ],
      signal,
      timeLimit: probeTime,
      input: greyFrames(),
      onOutput: (chunk) => {
        bytes += chunk.length
      },
    })
  } catch (error) {
    if (signal.aborted) throw error
    return false
  }
  return bytes > 0
}

async function* greyFrames(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < probeFrames; i++) yield new Uint8Array(probeSide * probeSide * 3).fill(64 + i)
}
