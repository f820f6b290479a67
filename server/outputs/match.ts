/** @file Which files of a group a filter lets through. Pure. */
import type * as z from 'zod'
import { jobStatusSchema, markSchema, outputKindSchema } from '#contracts/jobs'
import { mediaKinds } from '#contracts/media'
import type { OutputFilter } from '#contracts/outputs'
import { StudioError } from '../http/errors.ts'
import type { Group, OutputEntry } from './output-group.ts'

/** The files that match, or null when the group is not listed at all. */
export type Matcher = (group: Group) => readonly OutputEntry[] | null

/**
 * @param searchTextOf - what is searched beside the names of files, lower case
 * @throws StudioError `invalid_request` for a word the filter does not know
 */
export function matcherOf(filter: OutputFilter, searchTextOf: (group: Group) => string): Matcher {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter
  const kinds = wordsOf('kind', filter.kind, outputKindSchema.options)
  const media = wordsOf('media', filter.media, mediaKinds)
  const states = wordsOf('status', filter.status, jobStatusSchema.options)
  const marks = wordsOf('mark', filter.mark, [...markSchema.options, 'none'] as const)
  const search = (filter.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const ofFiles = kinds !== null || media !== null || marks !== null

  return (group) => {
    if (group.at < from || group.at >= to) return null
    if (states && (group.status === null || !states.has(group.status))) return null
    const text = search.length > 0 ? searchTextOf(group) : ''
    const open = search.filter((word) => !text.includes(word))
    if (!ofFiles && open.length === 0) return group.files
    const files = group.files.filter(
      (file) =>
        (!kinds || kinds.has(file.kind)) &&
        (!media || media.has(file.media)) &&
        (!marks || marks.has(file.mark ?? 'none')) &&
        open.every((word) => file.searchText.includes(word)),
    )
    return files.length > 0 ? files : null
  }
}

function wordsOf<T extends string>(
  name: keyof z.infer<z.ZodObject>,
  list: string | undefined,
  allowed: readonly T[],
): ReadonlySet<T> | null {
  const words = (list ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)
  if (words.length === 0) return null
  for (const word of words) {
    if (!(allowed as readonly string[]).includes(word)) {
      throw new StudioError('invalid_request', `${name}: “${word}” is not one of ${allowed.join(', ')}`)
    }
  }
  return new Set(words as T[])
}
