/** @file Plans an archive of what somebody picked. */

import { mediaKindOfName } from '#contracts/media'
import { parseRelativePath } from '#contracts/relative-path'
import type { CreateZipPlan } from '#contracts/zip'
import { findEntry } from '../assets/find-entry.ts'
import { outputKindOf } from '../assets/studio-folder.ts'
import { inSlices } from '../storage/slices.ts'
import { makePlan, type ZipPlan } from './plan.ts'

/**
 * @param now - milliseconds since 1970
 * @returns the plan, and what was asked for but is not there (or may not be)
 */
export async function planSelection(
  root: string,
  { paths, jobs, kinds }: CreateZipPlan,
  now: number,
): Promise<{ plan: ZipPlan; missing: string[] }> {
  const missing: string[] = []
  const start: string[] = []
  for (const path of [...(paths ?? []), ...(jobs ?? [])]) {
    const segments = parseRelativePath(path)
    const stats = segments && (await findEntry(root, segments))
    if (segments && (stats?.isFile() || stats?.isDirectory())) start.push(segments.join('/'))
    else missing.push(path)
  }
  const plan = await inSlices(
    makePlan(root, {
      createdAt: now,
      scope: 'selection',
      ...((paths || jobs) && { start }),
      ...(kinds && { accept: (path) => isOfKind(path, kinds) }),
    }),
  )
  return { plan, missing }
}

/** A job's record is of no kind; a loose file is a final one. */
function isOfKind(path: string, kinds: NonNullable<CreateZipPlan['kinds']>): boolean {
  if (!path.includes('/')) return kinds.includes('final')
  const isRecord = path.split('/').length === 2 && !mediaKindOfName(path)
  return !isRecord && kinds.includes(outputKindOf(path))
}
