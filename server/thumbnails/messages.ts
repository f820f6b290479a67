/** @file What the web process and its thumbnail child say to each other (IPC, `serialization: 'advanced'`). */

/** Widths a thumbnail comes in, in pixels. */
export const thumbnailWidths = [320, 480, 1280] as const
export type ThumbnailWidth = (typeof thumbnailWidths)[number]

export interface RenderRequest {
  id: number
  /** Absolute path of the asset root. */
  root: string
  /** Below the root, already judged. */
  segments: string[]
  width: ThumbnailWidth
}

export type RenderAnswer =
  | { id: number; webp: Uint8Array }
  /** The file cannot be shown; `reason` is for the person who asked. */
  | { id: number; reason: string }
