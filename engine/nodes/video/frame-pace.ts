/** @file Progress of a video being written, frame by frame; lets interruption through. */
import type { NodeContext } from '../define.ts'

/** For `encodeVideo`: reports `index` of `count` before each frame. */
export function framePace(context: NodeContext): (index: number, count: number) => Promise<void> {
  return (index, count) => context.progress(index, count)
}
