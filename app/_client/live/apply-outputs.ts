/** @file How marks, deletions and news change the listed outputs. Pure: untouched groups stay the same objects. */
import type { InfiniteData } from '@tanstack/react-query'
import type { OutputFile, OutputGroup, OutputList, OutputSummary } from '#contracts/outputs'
import type { Mark } from '#contracts/vocabulary'

export type OutputPages = InfiniteData<OutputList, string>

const pathOf = (file: OutputFile) => (file.subfolder === '' ? file.filename : `${file.subfolder}/${file.filename}`)
const folderOf = (path: string) => (path.includes('/') ? path.split('/')[0]! : '')

/** @param paths - null: every file that is listed */
export function withOutputMarks(
  pages: OutputPages,
  paths: ReadonlySet<string> | null,
  mark: Mark | null,
  except: ReadonlyMap<string, unknown> | null = null,
): OutputPages {
  const folders = paths && new Set([...paths].map(folderOf))
  return mapGroups(pages, (group) => {
    if (folders && !folders.has(group.folder)) return group
    const files = group.files.map((file): OutputFile => {
      const path = pathOf(file)
      if ((paths && !paths.has(path)) || except?.has(path) || (file.mark ?? null) === mark) return file
      const { mark: _, ...bare } = file
      return mark === null ? bare : { ...bare, mark }
    })
    return files.some((file, n) => file !== group.files[n]) ? { ...group, files } : group
  })
}

/** Without deleted files and folders, as the event names them. */
export function withoutOutputs(pages: OutputPages, paths: readonly string[]): OutputPages {
  const gone = new Set(paths.map((path) => path.replace(/\/$/, '')))
  const folders = new Set([...gone].flatMap((path) => [path, folderOf(path)]))
  return mapGroups(pages, (group) => {
    if (!folders.has(group.folder)) return group
    if (gone.has(group.folder)) return null
    const files = group.files.filter((file) => !gone.has(pathOf(file)))
    if (files.length === group.files.length) return group
    return files.length === 0 && group.status === null ? null : { ...group, files }
  })
}

/** One job as it is now (null: no longer listed), in its place if it is listed already. */
export function withGroup(pages: OutputPages, folder: string, group: OutputGroup | null): OutputPages {
  let known = false
  const replaced = mapGroups(pages, (other) => {
    if (other.folder !== folder) return other
    known = true
    return group
  })
  const [first, ...rest] = replaced.pages
  if (known || group === null || first === undefined) return replaced
  return {
    ...replaced,
    pages: [
      { ...first, groups: [group, ...first.groups], summary: added(first.summary, group, 1) },
      ...rest.map((page) => ({ ...page, summary: added(page.summary, group, 1) })),
    ],
  }
}

/** Applies a change to each group and keeps the sums of the whole list right. */
function mapGroups(pages: OutputPages, change: (group: OutputGroup) => OutputGroup | null): OutputPages {
  const changed: [OutputGroup, OutputGroup | null][] = []
  const lists = pages.pages.map((page) => {
    let touched = false
    const groups = page.groups.flatMap((group) => {
      const next = change(group)
      if (next === group) return group
      touched = true
      changed.push([group, next])
      return next ?? []
    })
    return touched ? { ...page, groups } : page
  })
  if (changed.length === 0) return pages
  return {
    ...pages,
    pages: lists.map((page) => ({
      ...page,
      summary: changed.reduce((sum, [old, next]) => {
        const without = added(sum, old, -1)
        return next ? added(without, next, 1) : without
      }, page.summary),
    })),
  }
}

function added(summary: OutputSummary, group: OutputGroup, sign: 1 | -1): OutputSummary {
  const next: OutputSummary = {
    ...summary,
    jobs: summary.jobs + sign,
    kinds: { ...summary.kinds },
    media: { ...summary.media },
  }
  for (const file of group.files) {
    next.files += sign
    next.bytes += sign * file.size
    const kind = next.kinds[file.kind]
    next.kinds[file.kind] = { files: kind.files + sign, bytes: kind.bytes + sign * file.size }
    const media = next.media[file.media]
    next.media[file.media] = { files: media.files + sign, bytes: media.bytes + sign * file.size }
  }
  return next
}
