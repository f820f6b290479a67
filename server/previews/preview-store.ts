/**
 * @file The newest live preview frame of each running job, in memory. One frame per job, dropped when the job ends.
 */
import type { FeedPreview } from '#contracts/studio-feed'

export interface Preview {
  type: FeedPreview['image_type']
  bytes: Buffer
  /** Rises with every frame of any job. */
  frame: number
}

export interface PreviewStore {
  put(frame: FeedPreview & { bytes: Buffer }): void
  find(job: string): Preview | null
  drop(job: string): void
}

/** @param isLive - frames of other jobs are not kept: nobody would drop them */
export function createPreviewStore(isLive: (job: string) => boolean): PreviewStore {
  const previews = new Map<string, Preview>()
  let frames = 0
  return {
    put({ job, image_type, bytes }) {
      if (isLive(job)) previews.set(job, { type: image_type, bytes, frame: ++frames })
    },
    find: (job) => previews.get(job) ?? null,
    drop: (job) => void previews.delete(job),
  }
}
