'use client'
/** @file The bar at the bottom while files are selected. */
import dynamic from 'next/dynamic'
import { useSelection } from '../../_client/studio.tsx'

const SelectionActions = dynamic(() => import('./selection-actions.tsx').then((module) => module.SelectionActions), {
  ssr: false,
})

export function SelectionBar() {
  const isEmpty = useSelection((state) => state.items.size === 0)
  return isEmpty ? null : <SelectionActions />
}
