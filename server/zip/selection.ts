/** @file Plans an archive of what somebody picked. */

import { mediaKindOfName } from '#contracts/media'
import type { Selection } from '#contracts/outputs'
import { parseRelativePath } from '#contracts/relative-path'
import type { CreateZipPlan } from '#contracts/zip'
import { findEntry } from '../assets/find-entry.ts'
import { outputKindOf } from '../assets/studio-folder.ts'
import { inSlices } from '../storage/slices.ts'
import { makePlan, type ZipPlan } from './plan.ts'

/** The files a selection of the gallery is right now, relative to the output root. */
export type ResolvePaths = (selection: Selection) => Promise<{ paths: string[]; missing: string[] }>

/**
 * @param now - milliseconds since 1970
 * @param resolve - for selections of the gallery
 * @returns the plan, and what was asked for but is not there (or may not be)
 */
export async function planSelection(
  root: string,
  { paths, jobs, selection, kinds }: CreateZipPlan,
  now: number,
  resolve: ResolvePaths,
): Promise<{ plan: ZipPlan; missing: string[] }> {
  const selected = selection && (await resolve(selection))
  const missing: string[] = selected?.missing ?? []
  const start: string[] = []
  for (const path of [...(paths ?? []), ...(jobs ?? []), ...(selected?.paths ?? [])]) {
    const segments = parseRelativePath(path)
    const stats = segments && (await findEntry(root, segments))
    if (segments && (stats?.isFile() || stats?.isDirectory())) start.push(segments.join('/'))
    else missing.push(path)
  }
  const plan = await inSlices(
    makePlan(root, {
      createdAt: now,
      scope: 'selection',
      ...((paths || jobs || selected) && { start }),
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
