/** @file What a selection of inputs means right now: the files it names, or those its query finds. */
import type { InputSelection } from '#contracts/assets'
import { matcherOf } from './listing.ts'
import type { TreeIndex } from './tree-index.ts'

export interface SelectedInputs {
  files: { path: string; size: number }[]
  /** What was named and is not there. */
  missing: string[]
}

export function selectInputs(index: Pick<TreeIndex, 'items' | 'find'>, selection: InputSelection): SelectedInputs {
  if ('query' in selection) {
    const left = new Set(selection.minus)
    const matches = matcherOf(selection.query)
    const found = [...index.items()].filter((item) => matches(item) && !left.has(item.name))
    return { files: found.map(({ name, size }) => ({ path: name, size })), missing: [] }
  }
  const selected: SelectedInputs = { files: [], missing: [] }
  for (const path of new Set(selection.files)) {
    const fact = index.find(path)
    if (fact?.media) selected.files.push({ path, size: fact.size })
    else selected.missing.push(path)
  }
  return selected
}

/** The same in paths, of what lies there now. */
export async function inputPaths(
  index: Pick<TreeIndex, 'items' | 'find' | 'settle' | 'ready'>,
  selection: InputSelection,
): Promise<{ paths: string[]; missing: string[] }> {
  await (index.settle() ?? index.ready)
  const { files, missing } = selectInputs(index, selection)
  return { paths: files.map(({ path }) => path), missing }
}
