'use client'
/** @file What is done about a job that stopped before it finished: run it again, keep what it wrote, or throw that away. */
import { FolderCheck, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { part } from '../ui/part.tsx'
import type { Act } from './interrupted-act.tsx'

const InterruptedAct = part(() => import('./interrupted-act.tsx').then((module) => module.InterruptedAct))

interface InterruptedActionsProps {
  job: string
  /** whether it can be run again: its record is there */
  retriable: boolean
  /** there is something to keep */
  hasFiles: boolean
  /** with what goes, for the toast: `Enlarge (3 finals, 1.2 GB)` */
  what: string
  /** icons alone; what they do is their name */
  short?: boolean
  onTrashed?: () => void
}

export function InterruptedActions(props: InterruptedActionsProps) {
  const { job, retriable, hasFiles, what, short = false, onTrashed } = props
  const [asked, setAsked] = useState<Act | null>(null)
  const button = (act: Act, words: string, icon: typeof Trash2) => {
    const Icon = icon
    return (
      <Button
        needsPod
        busy={asked === act}
        className={short ? 'w-11 px-0! md:w-9' : 'max-sm:px-3'}
        title={short ? words : undefined}
        onClick={() => setAsked(act)}
      >
        <Icon size={16} aria-hidden />
        <span className={short ? 'sr-only' : ''}>{words}</span>
      </Button>
    )
  }
  return (
    <div className="flex flex-wrap gap-1">
      {retriable && button('retry', 'Retry', RotateCcw)}
      {hasFiles && button('keep', 'Keep files', FolderCheck)}
      {button('trash', 'Trash', Trash2)}
      {asked && (
        <InterruptedAct
          act={asked}
          job={job}
          what={what}
          onDone={() => {
            setAsked(null)
            if (asked === 'trash') onTrashed?.()
          }}
        />
      )}
    </div>
  )
}
