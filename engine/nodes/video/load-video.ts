/** @file LoadVideo: a video of the input directory, as a file; nothing is decoded yet. */
import { stat } from 'node:fs/promises'
import type { VideoValue } from '../../tensor.ts'
import { requireVideoType } from '../../video/probe-video.ts'
import { defineNode, input, NodeError } from '../define.ts'

export const loadVideo = defineNode({
  classType: 'LoadVideo',
  displayName: 'Load Video',
  category: 'image/video',
  searchAliases: ['import video', 'open video', 'video file'],
  inputs: { file: input.combo((environment) => environment.listInputFiles(['video']), { video_upload: true }) },
  outputs: [{ type: 'VIDEO' }],
  validate: {
    names: ['file'],
    check: async ({ file }, environment) => {
      if (file === null || file === undefined) return true
      const path = typeof file === 'string' ? await environment.findAnnotatedFile(file) : null
      return path ? true : `Invalid video file: ${String(file)}`
    },
  },
  // Reading a long video just to see that it is the same would take as long as using it.
  changeMark: async ({ file }, environment) => {
    const path = await environment.findAnnotatedFile(String(file))
    if (!path) throw new NodeError(`Invalid video file: ${String(file)}`, 'FileNotFoundError')
    const { mtimeNs, size } = await stat(path, { bigint: true })
    return `${mtimeNs}-${size}`
  },
  async execute({ file }, context) {
    const path = await context.findAnnotatedFile(file)
    if (!path) throw new NodeError(`Invalid video file: ${file}`, 'FileNotFoundError')
    const video: VideoValue = { source: 'file', path, format: await requireVideoType(path, file) }
    return [video]
  },
})
