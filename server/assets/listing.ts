/**
 * @file Renders an asset listing from an index: whole (kept until something changes) or filtered and in pages.
 * Rows are already JSON, so a body of ten thousand jobs is one join.
 */
import type { AssetListingQuery } from '#contracts/assets'
import { StudioError } from '../http/errors.ts'
import type { ListedItem } from './listed-item.ts'
import { comparePaths } from './path-order.ts'
import type { TreeIndex } from './tree-index.ts'

export interface Listing {
  /** Weak validator of what {@link Listing.render} would give now. */
  readonly etag: string
  render(query: AssetListingQuery): Buffer
}

/** @param bootId - differs from start to start, since versions begin anew with the process */
export function createListing(index: TreeIndex, bootId: string): Listing {
  let sorted: { version: number; items: ListedItem[] } | undefined
  let whole: { version: number; body: Buffer } | undefined

  function sortedItems(): ListedItem[] {
    if (sorted?.version !== index.version) {
      sorted = { version: index.version, items: [...index.items()].sort(newestFirst) }
    }
    return sorted.items
  }

  return {
    get etag() {
      return `W/"${bootId}-${index.version}"`
    },
    render(query) {
      if (Object.values(query).every((value) => value === undefined)) {
        if (whole?.version !== index.version) whole = { version: index.version, body: renderBody(sortedItems()) }
        return whole.body
      }
      const matching = sortedItems().filter(matcherOf(query))
      const { page, next } = pageOf(matching, query)
      return renderBody(page, { totalSize: sizeOf(matching), total: matching.length, next })
    },
  }
}

/** By modification, newest first; equal times by name, descending. */
function newestFirst(a: ListedItem, b: ListedItem): number {
  return b.modified - a.modified || comparePaths(b.name, a.name)
}

/** Which rows a query lets through. */
export function matcherOf({ q, kind, since }: AssetListingQuery): (item: ListedItem) => boolean {
  const words = q?.toLowerCase()
  return (item) =>
    (words === undefined || item.searchText.includes(words)) &&
    (kind === undefined || (kind === 'image' ? item.hasImage : item.hasVideo)) &&
    (since === undefined || item.modified >= since)
}

/** A page begins after the row its cursor names, also when that row is gone by now. */
function pageOf(items: ListedItem[], { limit, cursor }: AssetListingQuery): { page: ListedItem[]; next?: string } {
  const after = cursor === undefined ? undefined : parseCursor(cursor)
  const start = after ? items.findIndex((item) => newestFirst(after as ListedItem, item) < 0) : 0
  if (start < 0) return { page: [] }
  const page = items.slice(start, limit === undefined ? undefined : start + limit)
  const last = page.at(-1)
  return last && start + page.length < items.length ? { page, next: cursorOf(last) } : { page }
}

function cursorOf({ modified, name }: ListedItem): string {
  return Buffer.from(JSON.stringify([modified, name])).toString('base64url')
}

function parseCursor(cursor: string): Pick<ListedItem, 'modified' | 'name'> {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'string') {
      return { modified: value[0], name: value[1] }
    }
  } catch {
    // said below
  }
  throw new StudioError('invalid_request', 'cursor: not one that a listing gave')
}

interface Filtered {
  /** bytes of everything that matches, and how much that is */
  totalSize: number
  total: number
  /** where the next page begins */
  next: string | undefined
}

function renderBody(items: ListedItem[], extra?: Filtered): Buffer {
  const rows = (group: ListedItem['group']) =>
    items
      .filter((item) => item.group === group)
      .map((item) => item.json)
      .join(',')
  const totalSize = extra?.totalSize ?? sizeOf(items)
  const next = extra?.next === undefined ? '' : `,"next_cursor":${JSON.stringify(extra.next)}`
  const total = extra === undefined ? '' : `,"total":${extra.total}`
  return Buffer.from(
    `{"files":[${rows('files')}],"studio_jobs":[${rows('studio_jobs')}],"total_size":${totalSize}${next}${total}}`,
  )
}

function sizeOf(items: ListedItem[]): number {
  return items.reduce((sum, item) => sum + item.size, 0)
}
