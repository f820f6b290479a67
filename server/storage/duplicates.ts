/**
 * @file Files that the inputs hold as well: outputs with the content of an input, and inputs that were uploaded twice. Pure.
 * One copy always stays: an input that no other suggestion would delete, one that jobs used before any other.
 */
import type { SizedFile } from './content-hashes.ts'

export interface DuplicateSearch {
  inputs: readonly SizedFile[]
  /** Those that may go. */
  outputs: readonly SizedFile[]
  /** In the files' order; null while they are not all known. */
  hashesOf: (files: readonly SizedFile[]) => (string | null)[] | null
  /** Whether another suggestion would delete it: it is neither offered here nor counted as the copy that stays. */
  goesElsewhere: (file: SizedFile) => boolean
  /** Paths of inputs that jobs used; null while it is not known: then no input is offered. */
  used: ReadonlySet<string> | null
}

export function findDuplicates({ inputs, outputs, hashesOf, goesElsewhere, used }: DuplicateSearch): SizedFile[] {
  const alike = sameSize(inputs, outputs)
  const hashes = hashesOf(alike)
  if (hashes === null) return []
  const groups = new Map<string, SizedFile[]>()
  for (const [at, file] of alike.entries()) {
    const hash = hashes[at]
    if (hash) groups.set(hash, [...(groups.get(hash) ?? []), file])
  }
  return [...groups.values()].flatMap((group) => {
    const staying = group.filter((file) => file.type === 'inputs' && !goesElsewhere(file)).sort(firstToKeep)
    const [keep] = staying
    if (keep === undefined) return []
    return group.filter(
      (file) =>
        file !== keep && !goesElsewhere(file) && (file.type === 'outputs' || (used !== null && !used.has(file.path))),
    )
  })

  function firstToKeep(a: SizedFile, b: SizedFile): number {
    const isUsed = ({ path }: SizedFile) => (used?.has(path) ? 0 : 1)
    return isUsed(a) - isUsed(b) || a.mtimeMs - b.mtimeMs || (a.path < b.path ? -1 : 1)
  }
}

/** Inputs that another input or an output has the size of, and those outputs: only they can be alike. */
function sameSize(inputs: readonly SizedFile[], outputs: readonly SizedFile[]): SizedFile[] {
  const bySize = new Map<number, SizedFile[]>()
  for (const file of inputs) if (file.size > 0) bySize.set(file.size, [...(bySize.get(file.size) ?? []), file])
  for (const file of outputs) bySize.get(file.size)?.push(file)
  return [...bySize.values()].filter((files) => files.length > 1).flat()
}
