'use client'
/**
 * @file What is done to many jobs of the queue at once: choose all, cancel the chosen, the waiting ones or everything. Stays in
 * sight while the list scrolls. Asks before a whole list goes, or more than a minute of work.
 */
import { CircleStop, ListX } from 'lucide-react'
import { useState } from 'react'
import type { CancelJobs, Job } from '#contracts/jobs'
import { useQueueActions } from '../../_client/actions/use-queue-actions.ts'
import { formatDuration } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { Button } from '../ui/button.tsx'
import { CheckBox } from '../ui/check-box.tsx'
import { Confirm } from '../ui/dialog.tsx'

/** Seconds of work. */
const worthAsking = 60

interface Asked {
  which: CancelJobs
  title: string
  jobs: readonly Job[]
  /** seconds the running ones among them have worked */
  lost: number
}

interface QueueBarProps {
  running: readonly Job[]
  waiting: readonly Job[]
  chosen: readonly Job[]
  onChooseAll: () => void
}

export function QueueBar({ running, waiting, chosen, onChooseAll }: QueueBarProps) {
  const { cancelMany, busy } = useQueueActions()
  const [asked, setAsked] = useState<Asked | null>(null)
  const all = [...running, ...waiting]

  const ask = (which: CancelJobs, title: string, jobs: readonly Job[]) =>
    setAsked({ which, title, jobs, lost: workOf(jobs) })
  const cancelChosen = () => {
    const which = { jobs: chosen.map(({ id }) => id) }
    if (workOf(chosen) > worthAsking) ask(which, count(chosen.length, 'job'), chosen)
    else void cancelMany(which)
  }
  return (
    <div className="sticky top-0 z-10 -mx-4 -mt-2 -mb-4 flex min-h-13 flex-wrap items-center justify-end gap-x-2 bg-canvas px-4 py-1">
      <div className="flex grow items-center pl-4">
        <CheckBox
          label={chosen.length > 0 ? `${chosen.length} of ${all.length} chosen` : `All ${all.length}`}
          labelled
          state={chosen.length === 0 ? 'none' : chosen.length === all.length ? 'all' : 'some'}
          onToggle={onChooseAll}
        />
      </div>
      {chosen.length > 0 ? (
        <Button look="danger" needsPod busy={busy} onClick={cancelChosen}>
          <CircleStop size={16} aria-hidden />
          Cancel {count(chosen.length, 'job')}
        </Button>
      ) : (
        <>
          {waiting.length > 0 && (
            <Button
              look="quiet"
              needsPod
              className="max-sm:px-2.5"
              busy={busy}
              onClick={() => ask({ all: true, except_running: true }, count(waiting.length, 'waiting job'), waiting)}
            >
              <ListX size={16} className="max-sm:hidden" aria-hidden />
              Cancel {waiting.length} waiting
            </Button>
          )}
          {running.length > 0 && (
            <Button
              look="quiet"
              needsPod
              className="max-sm:px-2.5"
              busy={busy}
              onClick={() => ask({ all: true }, `all ${count(all.length, 'job')}`, all)}
              title="The running job too"
            >
              <CircleStop size={16} className="max-sm:hidden" aria-hidden />
              Cancel all {all.length}
            </Button>
          )}
        </>
      )}
      <Confirm
        open={asked !== null}
        title={`Cancel ${asked?.title}?`}
        action={`Cancel ${count(asked?.jobs.length ?? 0, 'job')}`}
        onConfirm={() => asked && void cancelMany(asked.which)}
        onClose={() => setAsked(null)}
      >
        {asked && aboutRunning(asked, running.length > 0)} Cancelled jobs stay in the history and can be run again.
      </Confirm>
    </div>
  )
}

function aboutRunning({ jobs, lost }: Asked, isRunning: boolean): string {
  if (jobs.some(({ status }) => status === 'running')) {
    return `The running job is stopped too: it has worked for ${formatDuration(lost)}. The files it has written stay.`
  }
  return isRunning ? 'The running job goes on.' : ''
}

const workOf = (jobs: readonly Job[]) =>
  jobs.reduce(
    (sum, job) => (job.status === 'running' && job.started_at ? sum + Date.now() / 1000 - job.started_at : sum),
    0,
  )
