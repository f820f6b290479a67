/** @file Which ended jobs wait for a person's word. */
import type { JobStatus } from '#contracts/vocabulary'

/** Interrupted, and nobody said yet that what it wrote is to stay. */
export const needsAttention = ({ status, kept }: { status: JobStatus | null; kept?: boolean | undefined }): boolean =>
  status === 'interrupted' && kept !== true
