'use client'
/**
 * @file The waiting jobs in their order. A row is dragged by its handle, or moved by its buttons or Alt with the arrow
 * keys; focus stays on the row that moved, and where it went is said.
 */
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronsUp, ChevronUp, GripVertical, X } from 'lucide-react'
import { type DragEvent, type KeyboardEvent, useContext, useLayoutEffect, useRef, useState } from 'react'
import type { Job, MoveJob } from '#contracts/jobs'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { useQueueActions } from '../../_client/actions/use-queue-actions.ts'
import { queueQuery } from '../../_client/queries/queue.ts'
import { IconButton } from '../ui/button.tsx'
import { LineCut } from '../ui/needs-pod.ts'
import { Panel } from '../ui/page.tsx'
import { expectation } from './expectation.ts'
import { ChooseJob, type Choosing, Cover, nameOf, RowHead, rowClass } from './row.tsx'
import { useSettingsInWords } from './use-settings-in-words.ts'

interface WaitingListProps {
  jobs: readonly Job[]
  /** how many run */
  running: number
  /** null: there is nothing to choose among */
  choosing: Choosing | null
}

export function WaitingList({ jobs, running, choosing }: WaitingListProps) {
  const { move } = useQueueActions()
  const cut = useContext(LineCut)
  const [dragged, setDragged] = useState<string | null>(null)
  const [over, setOver] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const list = useRef<HTMLUListElement>(null)
  const held = useRef<string | null>(null)
  const wanted = useRef<{ job: string; button: string } | null>(null)

  // Browsers drop the focus of an element that changes its place in the page: it is given back once, by a new order.
  const order = jobs.map((job) => job.id).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the order is what may have taken the focus away
  useLayoutEffect(() => {
    if (wanted.current === null) return
    const { job, button } = wanted.current
    wanted.current = null
    list.current?.querySelector<HTMLElement>(`[data-job="${job}"] [data-move="${button}"]`)?.focus()
  }, [order])

  const moveTo = async (job: Job, place: MoveJob, focus?: string) => {
    if (focus !== undefined) wanted.current = { job: job.id, button: focus }
    if (!(await move(job.id, place))) return
    setSaid('front' in place ? `${nameOf(job)} is next` : `${nameOf(job)} was moved`)
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
    const from = jobs.findIndex((job) => job.id === held.current)
    held.current = null
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
              if (held.current === null) return
              event.preventDefault()
              setOver(job.id)
            }}
            onDrop={(event) => held.current !== null && onDrop(event, index)}
            className={`${rowClass} ${dragged === job.id ? 'opacity-50' : ''} ${over === job.id && dragged !== job.id ? 'bg-accent-soft' : ''}`}
          >
            <ChooseJob job={job} choosing={choosing} />
            <span
              draggable={!cut}
              title="Drag to another place"
              aria-hidden
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = 'move'
                event.dataTransfer.setData('text/plain', job.id)
                held.current = job.id
                setDragged(job.id)
              }}
              onDragEnd={() => {
                held.current = null
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
                needsPod
                label={`Move ${nameOf(job)} to the front`}
                data-move="front"
                aria-disabled={index === 0 || undefined}
                className={edge(index === 0)}
                onClick={() => index > 0 && void moveTo(job, { front: true }, 'front')}
              >
                <ChevronsUp size={18} aria-hidden />
              </IconButton>
              <IconButton
                needsPod
                label={`Move ${nameOf(job)} up`}
                data-move="up"
                aria-disabled={index === 0 || undefined}
                className={edge(index === 0)}
                onClick={() => step(index, -1, 'up')}
              >
                <ChevronUp size={18} aria-hidden />
              </IconButton>
              <IconButton
                needsPod
                label={`Move ${nameOf(job)} down`}
                data-move="down"
                aria-disabled={index === jobs.length - 1 || undefined}
                className={edge(index === jobs.length - 1)}
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

/** A button that leads nowhere keeps the focus, so that the next press of another one is at hand. */
const edge = (at: boolean) => (at ? 'opacity-50' : '')

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
      needsPod
      label={`Take ${nameOf(job)} out of the queue`}
      busy={busy}
      className="ml-2"
      onClick={() => void takeOut(job.id, nameOf(job))}
    >
      <X size={18} aria-hidden />
    </IconButton>
  )
}
