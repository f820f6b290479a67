'use client'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { type KeyboardEvent, useCallback, useRef, useState } from 'react'
/** @file The form of a workflow: its inputs, the rest under "More", what is missing, and Run. Runs are queued, never refused for being busy. */
import type { Job } from '#contracts/jobs'
import type { WorkflowSummary } from '#contracts/workflows'
import { createJob } from '../../_client/actions/jobs.ts'
import { inWords } from '../../_client/api-error.ts'
import { count } from '../../_client/format/words.ts'
import { useLiveJobs } from '../../_client/live/use-live.ts'
import { notify } from '../../_client/notify.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { Button } from '../ui/button.tsx'
import { Banner } from '../ui/notice.tsx'
import { InputField } from './input-field.tsx'
import { rememberValues } from './remembered.ts'
import { type FormValue, type FormValues, problems, toSend } from './values.ts'

interface RunFormProps {
  workflow: WorkflowSummary
  initial: FormValues
  onQueued: (job: Job) => void
}

export function RunForm({ workflow, initial, onQueued }: RunFormProps) {
  const [values, setValues] = useState(initial)
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const wrong = problems(workflow.inputs, values)
  const ahead = useLiveJobs().length
  const engine = useQuery(systemQuery).data?.engine.state

  const run = useMutation({
    mutationFn: (front: boolean) =>
      createJob({ workflow: workflow.id, inputs: toSend(workflow.inputs, values), ...(front ? { front } : {}) }),
    onSuccess: (job) => {
      rememberValues(workflow.id, values)
      onQueued(job)
      if (ahead > 0) notify.success(`Queued. Waits for ${count(ahead, 'job')}.`)
    },
  })
  const submit = (front: boolean) => {
    setTried(true)
    if (Object.keys(wrong).length > 0) {
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid], [data-wrong] button')?.focus(),
      )
      return
    }
    if (!run.isPending) run.mutate(front)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit(event.shiftKey)
  }
  const set = useCallback((id: string, value: FormValue) => setValues((before) => ({ ...before, [id]: value })), [])

  const field = (input: WorkflowSummary['inputs'][number]) => {
    const error = tried ? (wrong[input.id] ?? null) : null
    return (
      <div key={input.id} data-wrong={error === null ? undefined : ''}>
        <BoundField input={input} value={values[input.id] ?? null} error={error} set={set} />
      </div>
    )
  }
  const main = workflow.inputs.filter((input) => input.advanced !== true)
  const more = workflow.inputs.filter((input) => input.advanced === true)
  const label =
    engine === 'down' ? 'Queue (the engine is down)' : ahead > 0 ? `Queue behind ${count(ahead, 'job')}` : 'Run'

  return (
    <form
      ref={form}
      noValidate
      aria-label={workflow.name}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault()
        submit(false)
      }}
      className="flex flex-col"
    >
      <div className="flex flex-col gap-6 p-5">
        {!workflow.ready && <Missing workflow={workflow} />}
        {main.map(field)}
        {more.length > 0 && (
          <details open={more.some((input) => wrong[input.id] && tried) || undefined}>
            <summary className="w-fit rounded-md py-2 text-sm font-medium text-muted hover:text-ink">
              More settings ({more.length})
            </summary>
            <div className="mt-3 flex flex-col gap-6">{more.map(field)}</div>
          </details>
        )}
        {run.isError && <Banner tone="danger">{inWords(run.error)}</Banner>}
      </div>
      <div className="sticky bottom-(--foot) z-10 rounded-b-2xl border-t border-line bg-surface p-4">
        <Button type="submit" look="primary" busy={run.isPending} disabled={!workflow.ready} className="w-full">
          <Play size={16} fill="currentColor" aria-hidden />
          {label}
        </Button>
      </div>
    </form>
  )
}

interface BoundFieldProps {
  input: WorkflowSummary['inputs'][number]
  value: FormValue
  error: string | null
  set: (id: string, value: FormValue) => void
}

/** Gives a field a change handler that stays the same, as an upload may report to it much later. */
function BoundField({ input, value, error, set }: BoundFieldProps) {
  const onChange = useCallback((next: FormValue) => set(input.id, next), [set, input.id])
  return <InputField input={input} value={value} error={error} onChange={onChange} />
}

/** What keeps the workflow from running, and how it is got. */
function Missing({ workflow }: { workflow: WorkflowSummary }) {
  const { models, nodes } = workflow.missing
  const howTo = workflow.models.filter((model) => models.some((name) => name.endsWith(model.file)) && model.how_to_get)
  return (
    <Banner tone="warn">
      <p className="font-semibold">This workflow cannot run yet.</p>
      <ul className="mt-1 list-disc pl-4">
        {models.map((name) => (
          <li key={name}>
            Needs <em className="break-all">{name}</em>, not on this pod.{' '}
            {howTo.find((model) => name.endsWith(model.file))?.how_to_get}
          </li>
        ))}
        {nodes.map((name) => (
          <li key={name}>
            Needs the node <em className="break-all">{name}</em>, which no installed pack brings.
          </li>
        ))}
      </ul>
    </Banner>
  )
}
