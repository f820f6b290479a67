/** @file What was seen when a thumbnail was made: the picture's size, a video's length, a placeholder of some 25 bytes. */
import { createFileMemory, type FileMemory } from '../storage/file-memory.ts'
import type { PictureFacts } from './messages.ts'

/** Paths are `inputs:<path>` or `outputs:<path>`; times in milliseconds. */
export type PictureMemory = FileMemory<PictureFacts>

const pattern = /^(\d+)x(\d+),([\d.]*),([A-Za-z0-9+/=]+)$/

/** @param file - absolute path of the log */
export function createPictureMemory(file: string): PictureMemory {
  return createFileMemory<PictureFacts>({
    file,
    write: ({ width, height, duration, thumbhash }) => `${width}x${height},${duration ?? ''},${thumbhash}`,
    read(text) {
      const match = pattern.exec(text)
      if (!match) return null
      const duration = match[3] === '' ? null : Number(match[3])
      return { width: Number(match[1]), height: Number(match[2]), duration, thumbhash: match[4]! }
    },
  })
}
