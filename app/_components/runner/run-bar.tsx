'use client'
/** @file Run, with what it means said before: how many runs, how long they wait, what stands in the way. */
import { useQuery } from '@tanstack/react-query'
import { Minus, Play, Plus } from 'lucide-react'
import { formatRoughly } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { useLiveJobs } from '../../_client/live/use-live.ts'
import { queueQuery } from '../../_client/queries/queue.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { usualRunQuery } from '../../_client/queries/workflows.ts'
import { Button, IconButton } from '../ui/button.tsx'
import type { Runnable } from './runnable.ts'
import { spaceInWords } from './space.ts'
import { type Batch, eachRun, type FormValues, maxRuns } from './values.ts'

interface RunBarProps {
  runnable: Runnable
  values: FormValues
  batch: Batch | null
  times: number
  onTimes: (times: number) => void
  busy: boolean
  /** models and nodes that are needed and not there */
  missing: number
  /** labels of fields that must be filled in and are empty */
  open: readonly string[]
}

export function RunBar({ runnable, values, batch, times, onTimes, busy, missing, open }: RunBarProps) {
  const ahead = useLiveJobs().length
  const system = useQuery(systemQuery).data
  const queue = useQuery(queueQuery).data
  const runs = eachRun(values, batch, times).length
  const down = system?.engine.state === 'down'
  const full = system?.disk.level === 'full'
  const id = 'id' in runnable.what ? runnable.what.id : ''
  const isShort = system !== undefined && system.disk.level !== 'ok'
  const usual = useQuery({ ...usualRunQuery(id), enabled: id !== '' && isShort }).data
  const label = down
    ? 'Queue (engine is down)'
    : runs > 1
      ? `Run ${runs}`
      : ahead > 0
        ? `Queue behind ${count(ahead, 'job')}`
        : 'Run'
  const lines = [
    missing > 0 && 'It can run when what is missing is here.',
    open.length > 0 && `Still to fill in: ${open.join(', ')}.`,
    system && spaceInWords(system.disk, usual?.bytes ? usual.bytes * runs : null),
    queue?.paused && 'The queue is paused: it waits until the queue is resumed.',
    waits(ahead, queue?.paused ? null : (queue?.idle_in ?? null)),
    runs > 1 &&
      batch !== null &&
      `${count(batch.values.length, 'file')}${times > 1 ? ` × ${times}` : ''}: ${runs} runs.`,
    runs > 1 && hasLockedSeed(runnable, values) && batch === null && 'The seed is locked, so all runs will be alike.',
  ].filter((line) => typeof line === 'string' && line !== '')
  return (
    <div className="sticky bottom-[calc(6.25rem+env(safe-area-inset-bottom))] z-10 md:bottom-0 rounded-b-2xl border-t border-line bg-surface p-4">
      {lines.length > 0 && (
        <div className="mb-3 text-sm text-muted" aria-live="polite">
          {lines.map((line) => (
            <p key={String(line)}>{line}</p>
          ))}
        </div>
      )}
      <div className="flex items-center gap-2">
        {/* biome-ignore lint/a11y/useSemanticElements: two buttons and a number are no fieldset */}
        <div
          role="group"
          aria-label="Number of runs"
          className="flex shrink-0 items-center rounded-lg border border-line"
        >
          <IconButton label="One run less" disabled={times === 1} onClick={() => onTimes(times - 1)}>
            <Minus size={16} aria-hidden />
          </IconButton>
          <output className="min-w-8 text-center text-sm tabular-nums">×{times}</output>
          <IconButton label="One run more" disabled={runs >= maxRuns} onClick={() => onTimes(times + 1)}>
            <Plus size={16} aria-hidden />
          </IconButton>
        </div>
        <Button
          type="submit"
          look="primary"
          needsPod
          busy={busy}
          disabled={missing > 0 || full}
          aria-keyshortcuts="Control+Enter"
          title="Ctrl + Enter; with Shift before everything waiting"
          className="min-w-0 shrink! grow whitespace-normal! leading-tight"
        >
          <Play size={16} fill="currentColor" aria-hidden />
          {label}
        </Button>
      </div>
    </div>
  )
}

function waits(ahead: number, idleIn: number | null): string {
  if (ahead === 0) return ''
  return `Waits for ${count(ahead, 'job')}${idleIn === null ? '' : `, ${formatRoughly(idleIn)}`}.`
}

const hasLockedSeed = ({ inputs }: Runnable, values: FormValues) =>
  inputs.some((input) => input.type === 'seed') &&
  inputs.every((input) => input.type !== 'seed' || values[input.id] !== null)
