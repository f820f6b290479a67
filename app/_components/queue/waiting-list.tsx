'use client'
/**
 * @file The waiting jobs in their order. A row is dragged by its handle, or moved by its buttons or Alt with the arrow
 * keys; focus stays on the row that moved, and where it went is said.
 */
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronsUp, ChevronUp, GripVertical, X } from 'lucide-react'
import { type DragEvent, type KeyboardEvent, useRef, useState } from 'react'
import type { Job, MoveJob } from '#contracts/jobs'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { useQueueActions } from '../../_client/actions/use-queue-actions.ts'
import { queueQuery } from '../../_client/queries/queue.ts'
import { IconButton } from '../ui/button.tsx'
import { Panel } from '../ui/page.tsx'
import { expectation } from './expectation.ts'
import { Cover, nameOf, RowHead, rowClass } from './row.tsx'
import { useSettingsInWords } from './use-settings-in-words.ts'

export function WaitingList({ jobs, running }: { jobs: readonly Job[]; running: number }) {
  const { move } = useQueueActions()
  const [dragged, setDragged] = useState<string | null>(null)
  const [over, setOver] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const list = useRef<HTMLUListElement>(null)

  const moveTo = async (job: Job, place: MoveJob, focus?: string) => {
    const at = document.activeElement
    if (!(await move(job.id, place))) return
    setSaid('front' in place ? `${nameOf(job)} is next` : `${nameOf(job)} was moved`)
    // Browsers drop the focus of an element that changes its place in the page.
    requestAnimationFrame(() => {
      const row = list.current?.querySelector(`[data-job="${job.id}"]`)
      const button = row?.querySelector<HTMLElement>(`[data-move="${focus}"]:not(:disabled)`)
      if (focus !== undefined) (button ?? row?.querySelector<HTMLElement>('[data-move]:not(:disabled)'))?.focus()
      else if (at instanceof HTMLElement && at.isConnected) at.focus()
    })
  }
  const step = (index: number, by: -1 | 1, focus: string) => {
    const [job, beside] = [jobs[index], jobs[index + by]]
    if (job && beside) void moveTo(job, by < 0 ? { before: beside.id } : { after: beside.id }, focus)
  }
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    const focus = (event.target as HTMLElement).dataset.move ?? 'front'
    step(index, event.key === 'ArrowUp' ? -1 : 1, focus)
  }
  const onDrop = (event: DragEvent, target: number) => {
    event.preventDefault()
    const from = jobs.findIndex((job) => job.id === dragged)
    const [job, beside] = [jobs[from], jobs[target]]
    setDragged(null)
    setOver(null)
    if (job && beside && job !== beside) void moveTo(job, target < from ? { before: beside.id } : { after: beside.id })
  }

  return (
    <Panel>
      <ul ref={list} aria-label="Waiting, in running order">
        {jobs.map((job, index) => (
          <li
            key={job.id}
            data-job={job.id}
            onKeyDown={(event) => onKeyDown(event, index)}
            onDragOver={(event) => {
              if (dragged === null) return
              event.preventDefault()
              setOver(job.id)
            }}
            onDrop={(event) => dragged !== null && onDrop(event, index)}
            className={`${rowClass} ${dragged === job.id ? 'opacity-50' : ''} ${over === job.id && dragged !== job.id ? 'bg-accent-soft' : ''}`}
          >
            <span
              draggable
              title="Drag to another place"
              aria-hidden
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = 'move'
                event.dataTransfer.setData('text/plain', job.id)
                setDragged(job.id)
              }}
              onDragEnd={() => {
                setDragged(null)
                setOver(null)
              }}
              className="-mx-2 grid h-9 w-8 cursor-grab place-items-center text-muted max-md:hidden"
            >
              <GripVertical size={18} />
            </span>
            <WaitingRow job={job} ahead={index + running} />
            <div className="flex items-center gap-1 max-sm:w-full max-sm:justify-end">
              <IconButton
                label={`Move ${nameOf(job)} to the front`}
                data-move="front"
                disabled={index === 0}
                onClick={() => void moveTo(job, { front: true }, 'front')}
              >
                <ChevronsUp size={18} aria-hidden />
              </IconButton>
              <IconButton
                label={`Move ${nameOf(job)} up`}
                data-move="up"
                disabled={index === 0}
                onClick={() => step(index, -1, 'up')}
              >
                <ChevronUp size={18} aria-hidden />
              </IconButton>
              <IconButton
                label={`Move ${nameOf(job)} down`}
                data-move="down"
                disabled={index === jobs.length - 1}
                onClick={() => step(index, 1, 'down')}
              >
                <ChevronDown size={18} aria-hidden />
              </IconButton>
              <TakeOut job={job} />
            </div>
          </li>
        ))}
      </ul>
      <p aria-live="polite" className="sr-only">
        {said}
      </p>
    </Panel>
  )
}

function WaitingRow({ job, ahead }: { job: Job; ahead: number }) {
  const settings = useSettingsInWords(job)
  const queue = useQuery(queueQuery).data
  const startsIn = queue?.jobs.find((each) => each.id === job.id)?.starts_in ?? null
  return (
    <>
      <Cover job={job} />
      <div className="min-w-0 grow basis-48">
        <RowHead job={job} />
        <p className="mt-1 text-sm tabular-nums">{expectation(ahead, startsIn, queue?.paused ?? false)}</p>
        {settings !== '' && <p className="truncate text-sm text-muted">{settings}</p>}
      </div>
    </>
  )
}

function TakeOut({ job }: { job: Job }) {
  const { takeOut, busy } = useJobActions()
  return (
    <IconButton
      label={`Take ${nameOf(job)} out of the queue`}
      busy={busy}
      className="ml-2"
      onClick={() => void takeOut(job.id, nameOf(job))}
    >
      <X size={18} aria-hidden />
    </IconButton>
  )
}
