/** @file Parses the frames of the engine's feed; see `contracts/studio-feed.ts`. Pure. */
import { type FeedMessage, type FeedPreview, feedMessageSchema, feedPreviewSchema } from '#contracts/studio-feed'

/** A preview frame: what it shows, and the image's bytes. */
export interface PreviewFrame extends FeedPreview {
  bytes: Buffer
}

/** @returns null for text that is not a message this version knows */
export function parseFeedMessage(text: string): FeedMessage | null {
  try {
    return feedMessageSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/**
 * A binary frame: 4 bytes big-endian length, so many bytes of JSON, the image.
 * @returns null when the frame is damaged
 */
export function parsePreviewFrame(frame: Buffer): PreviewFrame | null {
  if (frame.length < 4) return null
  const end = 4 + frame.readUInt32BE(0)
  if (end >= frame.length) return null
  try {
    const head = feedPreviewSchema.safeParse(JSON.parse(frame.toString('utf8', 4, end)))
    // A copy: the frame may be a window into a buffer the socket library keeps.
    return head.success ? { ...head.data, bytes: Buffer.from(frame.subarray(end)) } : null
  } catch {
    return null
  }
}
