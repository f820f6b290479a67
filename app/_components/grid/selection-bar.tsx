'use client'
/** @file The bar at the bottom while files are selected. A page with a grid has one, and says which root its files are of. */
import { useLayoutEffect } from 'react'
import type { AssetType } from '#contracts/assets'
import { isSelecting } from '../../_client/state/selection.ts'
import { useSelection, useStudio } from '../../_client/studio.tsx'
import { part } from '../ui/part.tsx'

const SelectionActions = part(() => import('./selection-actions.tsx').then((module) => module.SelectionActions))

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
  const isEmpty = !useSelection(isSelecting)
  return isEmpty ? null : <SelectionActions total={total} onSelectAll={onSelectAll} />
}
