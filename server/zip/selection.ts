/** @file Plans an archive of what somebody picked. */
import type * as z from 'zod'
import type { AssetType, InputSelection } from '#contracts/assets'
import { mediaKindOfName } from '#contracts/media'
import type { Selection } from '#contracts/outputs'
import { parseRelativePath } from '#contracts/relative-path'
import type { CreateOutputsZipPlan, createZipPlanSchema } from '#contracts/zip'
import { findEntry } from '../assets/find-entry.ts'
import { outputKindOf } from '../assets/studio-folder.ts'
import { inSlices } from '../storage/slices.ts'
import { makePlan, type ZipPlan } from './plan.ts'

/** The files a selection is right now, relative to its root. */
export interface ResolvePaths {
  outputs(selection: Selection): Promise<Resolved>
  inputs(selection: InputSelection): Promise<Resolved>
}
interface Resolved {
  paths: string[]
  missing: string[]
}

interface Planned {
  plan: ZipPlan
  /** what was asked for but is not there (or may not be) */
  missing: string[]
}

export interface PlanSelectionDeps {
  /** Absolute paths. */
  roots: Record<AssetType, string>
  resolve: ResolvePaths
  /** Milliseconds since 1970. */
  now: () => number
}

export async function planSelection(
  { roots, resolve, now }: PlanSelectionDeps,
  body: z.infer<typeof createZipPlanSchema>,
): Promise<Planned> {
  if (body.type === 'inputs') {
    const { paths, missing } = await resolve.inputs(body.selection)
    const found = await present(roots.inputs, paths)
    const plan = await inSlices(makePlan(roots.inputs, { createdAt: now(), scope: 'inputs', start: found.paths }))
    return { plan, missing: [...missing, ...found.missing] }
  }
  const { paths, jobs, selection, kinds } = body
  const selected = selection && (await resolve.outputs(selection))
  const found = await present(roots.outputs, [...(paths ?? []), ...(jobs ?? []), ...(selected?.paths ?? [])])
  const plan = await inSlices(
    makePlan(roots.outputs, {
      createdAt: now(),
      scope: 'selection',
      ...((paths || jobs || selection) && { start: found.paths }),
      ...(kinds && { accept: (path) => isOfKind(path, kinds) }),
    }),
  )
  return { plan, missing: [...(selected?.missing ?? []), ...found.missing] }
}

/** Those of the paths that are files or folders below the root. */
async function present(root: string, paths: readonly string[]): Promise<Resolved> {
  const found: Resolved = { paths: [], missing: [] }
  for (const path of paths) {
    const segments = parseRelativePath(path)
    const stats = segments && (await findEntry(root, segments))
    if (segments && (stats?.isFile() || stats?.isDirectory())) found.paths.push(segments.join('/'))
    else found.missing.push(path)
  }
  return found
}

/** A job's record is of no kind; a loose file is a final one. */
function isOfKind(path: string, kinds: NonNullable<CreateOutputsZipPlan['kinds']>): boolean {
  if (!path.includes('/')) return kinds.includes('final')
  const isRecord = path.split('/').length === 2 && !mediaKindOfName(path)
  return !isRecord && kinds.includes(outputKindOf(path))
}
