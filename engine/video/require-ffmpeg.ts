/** @file Finds ffmpeg for a node, or says in words that there is none. */
import { findFfmpeg } from '#platform/ffmpeg'
import { NodeError } from '../nodes/define.ts'

/** @throws NodeError when this machine has no ffmpeg */
export function requireFfmpeg(): string {
  const ffmpeg = findFfmpeg()
  if (!ffmpeg) throw new NodeError('There is no ffmpeg on this machine; videos need it', 'RuntimeError')
  return ffmpeg
}
