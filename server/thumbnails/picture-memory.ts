/** @file What was seen when a thumbnail was made: the picture's size, a video's length, a placeholder of some 25 bytes. */
import { createFileMemory, type FileMemory } from '../storage/file-memory.ts'
import type { PictureFacts } from './messages.ts'

/** Paths are `inputs:<path>` or `outputs:<path>`; times in milliseconds. */
export type PictureMemory = FileMemory<PictureFacts>

/** The sound came later: what was written before it says nothing of it. */
const pattern = /^(\d+)x(\d+),([\d.]*),([A-Za-z0-9+/=]+)(?:,(sound|mute))?$/

/** @param file - absolute path of the log */
export function createPictureMemory(file: string): PictureMemory {
  return createFileMemory<PictureFacts>({
    file,
    write({ width, height, duration, thumbhash, sound = null }) {
      const heard = sound === null ? '' : sound ? ',sound' : ',mute'
      return `${width}x${height},${duration ?? ''},${thumbhash}${heard}`
    },
    read(text) {
      const match = pattern.exec(text)
      if (!match) return null
      const duration = match[3] === '' ? null : Number(match[3])
      const facts = { width: Number(match[1]), height: Number(match[2]), duration, thumbhash: match[4]! }
      return match[5] === undefined ? facts : { ...facts, sound: match[5] === 'sound' }
    },
  })
}
