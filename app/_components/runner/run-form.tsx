'use client'
/**
 * @file The form of a workflow: its inputs, the rest under "More", what is missing, how long a run waits, and Run. Several
 * pictures or a number start several runs; how many is said before. Runs are queued, never refused for being busy.
 */
import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react'
import type { Job } from '#contracts/jobs'
import type { WorkflowInput } from '#contracts/workflows'
import { inWords } from '../../_client/api-error.ts'
import { Banner } from '../ui/notice.tsx'
import { InputField } from './input-field.tsx'
import { Missing } from './missing.tsx'
import { RunBar } from './run-bar.tsx'
import type { Runnable } from './runnable.ts'
import { useGoneFiles } from './use-gone-files.ts'
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
  const gone = useGoneFiles(runnable.inputs, values)
  const wrong = { ...gone, ...problems(runnable.inputs, values) }
  const open = runnable.inputs.filter((input) => wrong[input.id] && !values[input.id]).map(({ label }) => label)
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
  const onRunKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    // What is asked in a dialog is answered there.
    if (document.querySelector('dialog[open]') !== null) return
    event.preventDefault()
    submit(event.shiftKey)
  })
  // Wherever the focus is: after a look at the result the next run is the same key.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => onRunKey(event)
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
  const set = useCallback((id: string, value: FormValue) => setValues((before) => ({ ...before, [id]: value })), [])
  const setSeveral = useCallback(
    (input: string, files: readonly string[]) => setBatch(files.length > 1 ? { input, values: files } : null),
    [],
  )

  const field = (input: WorkflowInput) => {
    const problem = (tried ? wrong : gone)[input.id] ?? null
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
      <RunBar {...{ runnable, values, batch, times, busy, missing, open }} onTimes={setTimes} />
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
