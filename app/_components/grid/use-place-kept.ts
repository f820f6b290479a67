'use client'
/** @file What one looks at stays where it is, whatever arrives, goes or is laid out anew above it. */
import type { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef } from 'react'
import type { GalleryRow } from '../jobs/rows.ts'
import type { RowIndex } from './index-of-rows.ts'

type Virtual = ReturnType<typeof useWindowVirtualizer<Element>>

interface Anchor {
  /** of the row, and of the files in it: rows are made anew when their files change */
  key: string
  files: readonly string[]
  /** where it begins, from the top of the screen */
  offset: number
}

export function usePlaceKept(virtual: Virtual, rows: readonly GalleryRow[], index: RowIndex, top: number) {
  const seen = useRef<Anchor | null>(null)
  const lastRows = useRef(rows)
  useLayoutEffect(() => {
    const before = seen.current
    if (lastRows.current !== rows && before !== null && scrollY > top) {
      const byKey = rows.findIndex((row) => row.key === before.key)
      const file = before.files.find((key) => index.places.has(key))
      const row = byKey >= 0 ? byKey : file === undefined ? -1 : index.places.get(file)!.row
      const start = virtual.measurementsCache[row]?.start
      if (start !== undefined) {
        const shift = start - scrollY - before.offset
        if (Math.abs(shift) > 1) scrollBy(0, shift)
      }
    }
    lastRows.current = rows
    const first = virtual.getVirtualItems().find((item) => item.end > scrollY)
    const row = first && rows[first.index]
    seen.current =
      first && row
        ? {
            key: row.key,
            files: row.type === 'tiles' ? row.boxes.map((box) => box.item.key) : [],
            offset: first.start - scrollY,
          }
        : null
  })
}
