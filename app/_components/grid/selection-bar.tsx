'use client'
/** @file The bar at the bottom while files are selected. */
import { isSelecting } from '../../_client/state/selection.ts'
import { useSelection } from '../../_client/studio.tsx'
import { part } from '../ui/part.tsx'

const SelectionActions = part(() => import('./selection-actions.tsx').then((module) => module.SelectionActions))

export function SelectionBar() {
  const isEmpty = !useSelection(isSelecting)
  return isEmpty ? null : <SelectionActions />
}
