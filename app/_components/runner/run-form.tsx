'use client'
/**
 * @file The form of a workflow: its inputs, the rest under "More", what is missing, how long a run waits, and Run. Several
 * pictures or a number start several runs; how many is said before. Runs are queued, never refused for being busy.
 */
import { type KeyboardEvent, useCallback, useRef, useState } from 'react'
import type { Job } from '#contracts/jobs'
import type { WorkflowInput } from '#contracts/workflows'
import { inWords } from '../../_client/api-error.ts'
import { Banner } from '../ui/notice.tsx'
import { InputField } from './input-field.tsx'
import { Missing } from './missing.tsx'
import { RunBar } from './run-bar.tsx'
import type { Runnable } from './runnable.ts'
import { useNeeds } from './use-needs.ts'
import { useRuns } from './use-runs.ts'
import { type Batch, eachRun, type FormValue, type FormValues, inFormOrder, problems } from './values.ts'

interface RunFormProps {
  runnable: Runnable
  initial: FormValues
  initialBatch: Batch | null
  /** whether another checkpoint may be used where the workflow's own is not there */
  standIns: boolean
  onQueued: (job: Job) => void
}

export function RunForm({ runnable, initial, initialBatch, standIns, onQueued }: RunFormProps) {
  const [values, setValues] = useState(initial)
  const [batch, setBatch] = useState(initialBatch)
  const [times, setTimes] = useState(1)
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const wrong = problems(runnable.inputs, values)
  const { start, busy, error } = useRuns(runnable, onQueued)
  const { needs, listed, used } = useNeeds(runnable, values, standIns)
  const missing = needs.length + runnable.missing.nodes.length

  const submit = (front: boolean) => {
    setTried(true)
    if (Object.keys(wrong).length > 0) {
      // What is wrong may be folded away, and gets its mark with the next paint.
      requestAnimationFrame(() => {
        const field = form.current?.querySelector<HTMLElement>('[aria-invalid], [data-wrong] button')
        field?.closest('details')?.setAttribute('open', '')
        field?.focus()
      })
      return
    }
    if (!busy && missing === 0) start(eachRun(used, batch, times), values, front)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit(event.shiftKey)
  }
  const set = useCallback((id: string, value: FormValue) => setValues((before) => ({ ...before, [id]: value })), [])
  const setSeveral = useCallback(
    (input: string, files: readonly string[]) => setBatch(files.length > 1 ? { input, values: files } : null),
    [],
  )

  const field = (input: WorkflowInput) => {
    const problem = tried ? (wrong[input.id] ?? null) : null
    const several = batch === null || batch.input === input.id ? (batch?.values ?? []) : null
    return (
      <div key={input.id} data-wrong={problem === null ? undefined : ''}>
        <BoundField
          input={input}
          value={used[input.id] ?? null}
          standsIn={used[input.id] !== values[input.id]}
          error={problem}
          set={set}
          several={several}
          setSeveral={setSeveral}
        />
      </div>
    )
  }
  const main = inFormOrder(runnable.inputs.filter((input) => input.advanced !== true))
  const more = runnable.inputs.filter((input) => input.advanced === true)

  return (
    <form
      ref={form}
      noValidate
      aria-label={runnable.name}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault()
        submit(false)
      }}
      className="flex flex-col"
    >
      <div className="flex flex-col gap-6 p-5">
        {missing > 0 && <Missing runnable={runnable} needs={needs} listed={listed} onChoose={set} />}
        {main.map(field)}
        {more.length > 0 && (
          <details open={more.some((input) => wrong[input.id] && tried) || undefined}>
            <summary className="w-fit rounded-md py-2 text-sm font-medium text-muted hover:text-ink">
              More settings ({more.length})
            </summary>
            <div className="mt-3 flex flex-col gap-6">{more.map(field)}</div>
          </details>
        )}
        {error !== null && <Banner tone="danger">{inWords(error)}</Banner>}
      </div>
      <RunBar {...{ runnable, values, batch, times, busy, missing }} onTimes={setTimes} />
    </form>
  )
}

interface BoundFieldProps {
  input: WorkflowInput
  value: FormValue
  standsIn: boolean
  error: string | null
  set: (id: string, value: FormValue) => void
  several: readonly string[] | null
  setSeveral: (input: string, files: readonly string[]) => void
}

/** Gives a field handlers that stay the same, as an upload may report to it much later. */
function BoundField({ input, set, setSeveral, ...shown }: BoundFieldProps) {
  const onChange = useCallback((next: FormValue) => set(input.id, next), [set, input.id])
  const onSeveral = useCallback((files: readonly string[]) => setSeveral(input.id, files), [setSeveral, input.id])
  return <InputField input={input} {...shown} onChange={onChange} onSeveral={onSeveral} />
}
