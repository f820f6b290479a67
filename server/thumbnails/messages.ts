/** @file What the web process and its thumbnail child say to each other (IPC, `serialization: 'advanced'`). */

/** Widths a thumbnail comes in, in pixels. */
export const thumbnailWidths = [320, 480, 1280] as const
export type ThumbnailWidth = (typeof thumbnailWidths)[number]

/** What can be made of a picture: a thumbnail of a width, or of a video ten frames side by side. */
export type ThumbnailShape = ThumbnailWidth | 'strip'

/** What is seen when a picture is read for a thumbnail. */
export interface PictureFacts {
  /** Pixels, turned as EXIF says; of a video its frame's, which is never read wider than 1280. */
  width: number
  height: number
  /** Seconds, videos. */
  duration: number | null
  /** Whether a video has a sound track; null for a picture, absent where nobody looked. */
  sound?: boolean | null
  /** Base64 of a ThumbHash (Evan Wallace, https://evanw.github.io/thumbhash/). */
  thumbhash: string
}

export interface RenderRequest {
  id: number
  /** Absolute path of the asset root. */
  root: string
  /** Below the root, already judged. */
  segments: string[]
  shape: ThumbnailShape
}

export type RenderAnswer =
  | { id: number; webp: Uint8Array; facts: PictureFacts | null }
  /** The file cannot be shown; `reason` is for the person who asked. */
  | { id: number; reason: string }
