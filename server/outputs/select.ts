/** @file What a selection means right now: the files it names, or those its query finds, per group. */

import type { Selection } from '#contracts/outputs'
import { parseRelativePath } from '#contracts/relative-path'
import { type Found, findOutputs } from './list-outputs.ts'
import type { Group, OutputEntry } from './output-group.ts'
import type { OutputsView } from './outputs-view.ts'

export interface Selected {
  /** Groups with at least one selected file, or named as a whole. */
  found: Found[]
  /** What was named and is not there. */
  missing: string[]
}

/** @throws StudioError `invalid_request` for a query that cannot be understood */
export function resolveSelection(view: Pick<OutputsView, 'groups' | 'searchTextOf'>, selection: Selection): Selected {
  return 'query' in selection ? byQuery(view, selection) : byName(view, selection.files)
}

function byQuery(
  view: Pick<OutputsView, 'groups' | 'searchTextOf'>,
  { query, minus }: Extract<Selection, { query: unknown }>,
): Selected {
  const left = new Set(minus)
  const found = findOutputs(view, query)
    .map(({ group, files }) => ({
      group,
      files: left.size === 0 ? files : files.filter(({ path }) => !left.has(path)),
    }))
    // A job without files has nothing that could be selected.
    .filter(({ files }) => files.length > 0)
  return { found, missing: [] }
}

/** A folder's name stands for all its files. */
function byName(view: Pick<OutputsView, 'groups'>, names: readonly string[]): Selected {
  const groups = new Map(view.groups().map((group) => [group.folder, group]))
  const chosen = new Map<string, Set<OutputEntry>>()
  const entries = new Map<string, ReadonlyMap<string, OutputEntry>>()
  const missing: string[] = []
  const entryOf = (group: Group, path: string) => {
    let known = entries.get(group.folder)
    if (!known) {
      known = new Map(group.files.map((entry) => [entry.path, entry]))
      entries.set(group.folder, known)
    }
    return known.get(path)
  }
  for (const name of names) {
    const segments = parseRelativePath(name)
    const path = segments?.join('/') ?? ''
    const group = segments && groups.get(segments.length > 1 || !groups.has(path) ? folderOf(segments) : path)
    const isFolder = segments?.length === 1 && group?.folder === path
    const file = isFolder ? undefined : group && entryOf(group, path)
    if (!group || !(isFolder || file)) {
      missing.push(name)
      continue
    }
    const set = chosen.get(group.folder) ?? new Set()
    chosen.set(group.folder, set)
    if (file) set.add(file)
    else for (const each of group.files) set.add(each)
  }
  const found = [...chosen].map(([folder, files]) => ({ group: groups.get(folder)!, files: [...files] }))
  return { found, missing }
}

/** Loose files are the group without a name. */
const folderOf = (segments: readonly string[]) => (segments.length > 1 ? segments[0]! : '')
