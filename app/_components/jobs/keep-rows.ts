'use client'
/** @file Rows that did not change stay the same objects, so that a mark on one file draws one row anew. */
import { useEffect, useMemo, useRef } from 'react'
import type { Fold, GalleryRow, Group } from './rows.ts'

/** {@link keepRows} against the rows that were drawn last. */
export function useKeptRows<R extends GalleryRow>(rows: readonly R[]): readonly R[] {
  const drawn = useRef<readonly R[]>([])
  const kept = useMemo(() => keepRows(drawn.current, rows), [rows])
  useEffect(() => {
    drawn.current = kept
  }, [kept])
  return kept
}

/** @returns `rows`, with those of `before` in the places where they say the same; `before` itself when all do */
export function keepRows<R extends GalleryRow>(before: readonly R[], rows: readonly R[]): readonly R[] {
  let different = before.length !== rows.length
  const kept = rows.map((row, at) => {
    const old = before[at]
    if (old !== undefined && saysTheSame(old, row)) return old
    different = true
    return row
  })
  return different ? kept : before
}

function saysTheSame(a: GalleryRow, b: GalleryRow): boolean {
  if (a.key !== b.key || a.height !== b.height || a.at !== b.at) return false
  if (a.type === 'tiles' && b.type === 'tiles')
    return (
      a.tileHeight === b.tileHeight && all(a.boxes, b.boxes, sameBox) && all(a.notes ?? [], b.notes ?? [], sameGroup)
    )
  if (a.type === 'folds' && b.type === 'folds') return all(a.folds, b.folds, sameFold)
  if ('block' in a && 'block' in b) return a.type === b.type && a.block === b.block
  if ('groups' in a && 'groups' in b) return a.type === b.type && all(a.groups, b.groups, sameGroup)
  return a.type === 'running' && b.type === 'running'
}

interface Placed {
  left: number
  width: number
}

const samePlace = (a: Placed, b: Placed) => a.left === b.left && a.width === b.width
const sameBox = (a: Placed & { item: unknown }, b: Placed & { item: unknown }) => a.item === b.item && samePlace(a, b)
const sameFold = (a: Fold, b: Fold) => a.key === b.key && a.open === b.open && a.items === b.items
const sameGroup = (a: Group, b: Group) => a.block === b.block && samePlace(a, b) && all(a.folds, b.folds, sameFold)

const all = <T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean) =>
  a.length === b.length && a.every((each, n) => same(each, b[n]!))
