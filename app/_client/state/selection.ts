/**
 * @file Which files are selected: some by name, or everything a query finds without some. All lie below one root: what is done
 * with them is asked of that root. Outside React, so that choosing one tile re-renders one tile.
 */

import { createStore } from 'zustand/vanilla'
import type { OutputSummary } from '#contracts/outputs'
import type { SelectionOf } from '../actions/selection.ts'
import type { MediaItem, MediaRoot } from '../media-item.ts'
import { type AssetFilters, inputFilterOf } from '../queries/assets.ts'
import { filterOf, type OutputFilters } from '../queries/outputs.ts'

/** Everything these filters find, in files and bytes, without `minus` (by path). */
export type WholeQuery = Query & { minus: ReadonlyMap<string, MediaItem> }
type Query =
  | { root: 'outputs'; filters: OutputFilters; summary: OutputSummary }
  | { root: 'inputs'; filters: AssetFilters; summary: { files: number; bytes: number } }

export interface Selection {
  /** by key; empty while a whole query is selected */
  items: ReadonlyMap<string, MediaItem>
  whole: WholeQuery | null
  /** where a range starts: the item chosen last */
  anchor: string | null
  /** taps select, until it is switched off */
  keep: boolean
  /** other files of the jobs whose finals were just selected */
  offer: readonly MediaItem[]
  toggle(item: MediaItem): void
  /** From the anchor to `item` in the order of `list`; what was selected stays. */
  extend(item: MediaItem, list: readonly MediaItem[]): void
  /** Adds all, or removes all when all are in. `offer` is what could be added next. */
  toggleAll(items: readonly MediaItem[], offer?: readonly MediaItem[]): void
  addOffer(): void
  selectQuery(query: Query): void
  remove(keys: Iterable<string>): void
  /** A page of this root is looked at: a selection of another one ends. */
  enter(root: MediaRoot): void
  clear(): void
}

const none = { items: new Map<string, MediaItem>(), whole: null, offer: [] }

export const createSelectionStore = () =>
  createStore<Selection>((set, get) => {
    const without = (whole: WholeQuery, items: readonly MediaItem[], out: boolean) => {
      const minus = new Map(whole.minus)
      for (const item of items) {
        if (out) minus.set(item.path, item)
        else minus.delete(item.path)
      }
      return minus.size >= whole.summary.files ? none : { whole: { ...whole, minus } }
    }
    /** What is selected already, to add files of this root to; of another root it is nothing. */
    const itemsBeside = (item: MediaItem | undefined) =>
      new Map(item === undefined || rootOf(get()) === item.root ? get().items : [])
    const wholeOf = (item: MediaItem | undefined) => (item?.root === get().whole?.root ? get().whole : null)
    return {
      ...none,
      anchor: null,
      keep: false,
      toggle(item) {
        const whole = wholeOf(item)
        if (whole) return set({ ...without(whole, [item], !whole.minus.has(item.path)), anchor: item.key, offer: [] })
        const items = itemsBeside(item)
        if (!items.delete(item.key)) items.set(item.key, item)
        set({ items, whole: null, anchor: item.key, offer: [] })
      },
      extend(item, list) {
        const to = list.findIndex((other) => other.key === item.key)
        const { anchor } = get()
        const whole = wholeOf(item)
        const from = list.findIndex((other) => other.key === anchor)
        if (to < 0) return
        const range = from < 0 ? [item] : list.slice(Math.min(from, to), Math.max(from, to) + 1)
        const next = from < 0 ? item.key : anchor
        if (whole) return set({ ...without(whole, range, false), anchor: next, offer: [] })
        const items = itemsBeside(item)
        for (const each of range) items.set(each.key, each)
        set({ items, whole: null, anchor: next, offer: [] })
      },
      toggleAll(all, offer = []) {
        const state = get()
        const everyOne = all.every((item) => isSelected(state, item))
        const anchor = all.at(-1)?.key ?? null
        const whole = wholeOf(all[0])
        if (whole) return set({ ...without(whole, all, everyOne), anchor, offer: [] })
        const items = itemsBeside(all[0])
        for (const item of all) {
          if (everyOne) items.delete(item.key)
          else items.set(item.key, item)
        }
        const more = everyOne
          ? []
          : [...state.offer, ...offer].filter(({ key, root }) => !items.has(key) && root === all[0]?.root)
        set({ items, whole: null, anchor, offer: more })
      },
      addOffer() {
        const items = new Map(get().items)
        for (const item of get().offer) items.set(item.key, item)
        set({ items, offer: [] })
      },
      selectQuery: (query) =>
        set(query.summary.files === 0 ? none : { ...none, whole: { ...query, minus: new Map() } }),
      remove(keys) {
        const items = new Map(get().items)
        for (const key of keys) items.delete(key)
        set({ items })
      },
      enter(root) {
        const before = rootOf(get())
        if (before !== null && before !== root) set({ ...none, anchor: null, keep: false })
      },
      clear: () => set({ ...none, anchor: null }),
    }
  })

export type SelectionStore = ReturnType<typeof createSelectionStore>

export const isSelected = ({ items, whole }: Selection, item: MediaItem) =>
  whole ? item.root === whole.root && !whole.minus.has(item.path) : items.has(item.key)

export const isSelecting = ({ items, whole, keep }: Selection) => keep || whole !== null || items.size > 0

/** Below which root all of it lies; null when nothing is selected. */
export const rootOf = ({ items, whole }: Pick<Selection, 'items' | 'whole'>): MediaRoot | null =>
  whole?.root ?? items.values().next().value?.root ?? null

export const hasSelection = ({ items, whole }: Selection) => whole !== null || items.size > 0

/** As the server takes it. What lies in the trash is not selected. */
export function selectionOf(state: Pick<Selection, 'items' | 'whole'>): SelectionOf {
  const files = [...state.items.values()].map((item) => item.path)
  const { whole } = state
  if (whole === null) return { type: rootOf(state) === 'inputs' ? 'inputs' : 'outputs', selection: { files } }
  const minus = [...whole.minus.keys()]
  return whole.root === 'inputs'
    ? { type: 'inputs', selection: { query: inputFilterOf(whole.filters), minus } }
    : { type: 'outputs', selection: { query: filterOf(whole.filters), minus } }
}

export interface SelectionSums {
  files: number
  bytes: number
  final: { files: number; bytes: number }
  preview: { files: number; bytes: number }
  intermediate: { files: number; bytes: number }
}

/** How many of what, and how much. */
export function selectionSums({ items, whole }: Pick<Selection, 'items' | 'whole'>): SelectionSums {
  const part = (sum: { files: number; bytes: number } | undefined) => ({
    files: sum?.files ?? 0,
    bytes: sum?.bytes ?? 0,
  })
  const kinds = whole?.root === 'outputs' ? whole.summary.kinds : null
  const sums: SelectionSums = {
    ...part(whole?.summary),
    final: part(kinds?.final),
    preview: part(kinds?.preview),
    intermediate: part(kinds?.intermediate),
  }
  const sign = whole ? -1 : 1
  for (const item of (whole?.minus ?? items).values()) {
    for (const sum of item.kind === null ? [sums] : [sums, sums[item.kind]]) {
      sum.files += sign
      sum.bytes += sign * (item.size ?? 0)
    }
  }
  return sums
}
