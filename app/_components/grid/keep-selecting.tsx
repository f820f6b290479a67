'use client'
/** @file Taps select until it is switched off: the way of selecting that needs neither a key nor a long press. */
import { ListChecks } from 'lucide-react'
import { useSelection, useStudio } from '../../_client/studio.tsx'
import { IconButton } from '../ui/button.tsx'

export function KeepSelecting() {
  const { selection } = useStudio()
  const keep = useSelection((state) => state.keep)
  return (
    <IconButton
      label={keep ? 'Stop selecting' : 'Keep selecting'}
      look="secondary"
      aria-pressed={keep}
      className={keep ? 'border-accent! text-accent' : ''}
      onClick={() => selection.setState({ keep: !keep })}
    >
      <ListChecks size={18} aria-hidden />
    </IconButton>
  )
}
