/** @file Which files are selected. Outside React, so that choosing one tile re-renders one tile. */
import { createStore } from 'zustand/vanilla'
import type { MediaItem } from '../media-item.ts'

export interface Selection {
  items: ReadonlyMap<string, MediaItem>
  /** where a range starts: the item chosen last */
  anchor: string | null
  toggle(item: MediaItem): void
  /** From the anchor to `item` in the order of `list`; what was selected stays. */
  extend(item: MediaItem, list: readonly MediaItem[]): void
  /** Adds all, or removes all when all are in. */
  toggleAll(items: readonly MediaItem[]): void
  remove(keys: Iterable<string>): void
  clear(): void
}

export const createSelectionStore = () =>
  createStore<Selection>((set, get) => ({
    items: new Map(),
    anchor: null,
    toggle(item) {
      const items = new Map(get().items)
      if (!items.delete(item.key)) items.set(item.key, item)
      set({ items, anchor: item.key })
    },
    extend(item, list) {
      const to = list.findIndex((other) => other.key === item.key)
      const anchor = get().anchor
      const from = list.findIndex((other) => other.key === anchor)
      if (to < 0) return
      const items = new Map(get().items)
      const range = from < 0 ? [item] : list.slice(Math.min(from, to), Math.max(from, to) + 1)
      for (const each of range) items.set(each.key, each)
      set({ items, anchor: from < 0 ? item.key : anchor })
    },
    toggleAll(all) {
      const items = new Map(get().items)
      const everyOne = all.every((item) => items.has(item.key))
      for (const item of all) {
        if (everyOne) items.delete(item.key)
        else items.set(item.key, item)
      }
      set({ items, anchor: all.at(-1)?.key ?? null })
    },
    remove(keys) {
      const items = new Map(get().items)
      for (const key of keys) items.delete(key)
      set({ items })
    },
    clear: () => set({ items: new Map(), anchor: null }),
  }))

export type SelectionStore = ReturnType<typeof createSelectionStore>
