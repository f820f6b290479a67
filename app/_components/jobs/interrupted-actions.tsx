'use client'
/** @file What is done about a job that stopped before it finished: run it again, keep what it wrote, or throw that away. */
import { FolderCheck, RotateCcw, Trash2 } from 'lucide-react'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { Button } from '../ui/button.tsx'

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
  const { retry, keep, busy } = useJobActions()
  const remove = useDelete()
  const look = short ? 'w-11 px-0! md:w-9' : 'max-sm:px-3'
  const words = short ? 'sr-only' : ''
  return (
    <div className="flex flex-wrap gap-1">
      {retriable && (
        <Button busy={busy} className={look} title={short ? 'Retry' : undefined} onClick={() => void retry(job)}>
          <RotateCcw size={16} aria-hidden />
          <span className={words}>Retry</span>
        </Button>
      )}
      {hasFiles && (
        <Button busy={busy} className={look} title={short ? 'Keep files' : undefined} onClick={() => void keep(job)}>
          <FolderCheck size={16} aria-hidden />
          <span className={words}>Keep files</span>
        </Button>
      )}
      <Button
        className={look}
        title={short ? 'Move to trash' : undefined}
        onClick={() => void remove('outputs', [job], what).then(onTrashed)}
      >
        <Trash2 size={16} aria-hidden />
        <span className={words}>Trash</span>
      </Button>
    </div>
  )
}
