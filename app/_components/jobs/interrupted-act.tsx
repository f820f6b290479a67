'use client'
/** @file Does what was asked about an interrupted job, and says so. Loaded when it is first asked for. */
import { useEffect, useRef } from 'react'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'

export type Act = 'retry' | 'keep' | 'trash'

interface InterruptedActProps {
  act: Act
  job: string
  /** with what goes, for the toast: `Enlarge (3 finals, 1.2 GB)` */
  what: string
  /** it is done, or why not was said */
  onDone: () => void
}

export function InterruptedAct({ act, job, what, onDone }: InterruptedActProps) {
  const { retry, keep } = useJobActions()
  const remove = useDelete()
  const run = useRef(() => {
    const acts = { retry: () => retry(job), keep: () => keep(job), trash: () => remove('outputs', [job], what) }
    void acts[act]().then(onDone)
  })
  useEffect(() => run.current(), [])
  return null
}
