'use client'
/** @file The bar at the bottom while files are selected. A page with a grid has one, and says which root its files are of. */
import { useEffect, useLayoutEffect } from 'react'
import type { AssetType } from '#contracts/assets'
import { onFirstUse } from '../../_client/on-first-use.ts'
import { isSelecting } from '../../_client/state/selection.ts'
import { useSelection, useStudio } from '../../_client/studio.tsx'
import { part } from '../ui/part.tsx'

const load = () => import('./selection-actions.tsx').then((module) => module.SelectionActions)
const SelectionActions = part(load)

/** What is in the grid can be chosen and looked at also when the line is cut: by parts that have come before. */
const loadAhead = () =>
  Promise.allSettled([
    load(),
    import('./grid-actions.tsx'),
    import('../viewer/viewer.tsx'),
    import('../viewer/compare/compare-stage.tsx'),
  ])

interface SelectionBarProps {
  root: AssetType
  /** how many there are to select, as {@link SelectionBarProps.onSelectAll} would */
  total: number
  /** as Ctrl + A */
  onSelectAll: () => void
}

export function SelectionBar({ root, total, onSelectAll }: SelectionBarProps) {
  const { selection } = useStudio()
  useLayoutEffect(() => selection.getState().enter(root), [selection, root])
  useEffect(() => onFirstUse(() => void loadAhead()), [])
  const isEmpty = !useSelection(isSelecting)
  return isEmpty ? null : <SelectionActions total={total} onSelectAll={onSelectAll} />
}
