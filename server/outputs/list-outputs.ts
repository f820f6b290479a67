/** @file A page of the outputs, and the sums of everything that matches, from memory. */
import type * as z from 'zod'
import type { OutputFilter, OutputSummary, outputListQuerySchema } from '#contracts/outputs'
import { StudioError } from '../http/errors.ts'
import { matcherOf } from './match.ts'
import type { Group, OutputEntry } from './output-group.ts'
import { type GroupPlace, inListingOrder, type OutputsView } from './outputs-view.ts'

/** A group with those of its files that match. */
export interface Found {
  group: Group
  files: readonly OutputEntry[]
}

/** Everything that matches, in listing order. */
export function findOutputs(view: Pick<OutputsView, 'groups' | 'searchTextOf'>, filter: OutputFilter): Found[] {
  const match = matcherOf(filter, view.searchTextOf)
  const found: Found[] = []
  for (const group of view.groups()) {
    const files = match(group)
    if (files) found.push({ group, files })
  }
  return found
}

export function summaryOf(found: Iterable<Found>): OutputSummary {
  const none = () => ({ files: 0, bytes: 0 })
  const summary: OutputSummary = {
    ...{ files: 0, bytes: 0, jobs: 0 },
    kinds: { final: none(), preview: none(), intermediate: none() },
    media: { image: none(), video: none() },
  }
  for (const { files } of found) {
    summary.jobs++
    for (const { kind, media, size } of files) {
      for (const sum of [summary, summary.kinds[kind], summary.media[media]]) {
        sum.files++
        sum.bytes += size
      }
    }
  }
  return summary
}

/** @returns the JSON of an `outputListSchema` @throws StudioError `invalid_request` for a cursor that names no place */
export function renderOutputs(
  view: Pick<OutputsView, 'groups' | 'searchTextOf'>,
  { limit, cursor, ...filter }: z.infer<typeof outputListQuerySchema>,
): Buffer {
  const found = findOutputs(view, filter)
  const after = cursor === undefined ? null : parseCursor(cursor)
  const start = after ? found.findIndex(({ group }) => inListingOrder(after, group) < 0) : 0
  let end = start < 0 ? found.length : start
  let files = 0
  let groups = 0
  // A job without a file takes a place too, or a page of them would have no end.
  while (end < found.length && files + groups < limit) {
    files += found[end]!.files.length
    if (found[end]!.files.length === 0) groups++
    end++
  }
  const page = start < 0 ? [] : found.slice(start, end)
  const rows = page.map(({ group, files: matching }) => `${group.head}${matching.map(({ json }) => json).join(',')}]}`)
  const next = end < found.length ? cursorOf(found[end - 1]!.group) : null
  const tail = `"summary":${JSON.stringify(summaryOf(found))},"next_cursor":${JSON.stringify(next)}`
  return Buffer.from(`{"groups":[${rows.join(',')}],${tail}}`)
}

function cursorOf({ status, at, folder }: GroupPlace): string {
  return Buffer.from(JSON.stringify([status === 'running', at, folder])).toString('base64url')
}

function parseCursor(cursor: string): GroupPlace {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(value) && typeof value[1] === 'number' && typeof value[2] === 'string') {
      return { status: value[0] === true ? 'running' : null, at: value[1], folder: value[2] }
    }
  } catch {
    // said below
  }
  throw new StudioError('invalid_request', 'cursor: not one that a listing gave')
}
