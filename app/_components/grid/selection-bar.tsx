'use client'
/** @file The bar at the bottom while files are selected. */
import dynamic from 'next/dynamic'
import { isSelecting } from '../../_client/state/selection.ts'
import { useSelection } from '../../_client/studio.tsx'

const SelectionActions = dynamic(() => import('./selection-actions.tsx').then((module) => module.SelectionActions), {
  ssr: false,
})

export function SelectionBar() {
  const isEmpty = !useSelection(isSelecting)
  return isEmpty ? null : <SelectionActions />
}
