'use client'
/** @file The queue: what runs, what waits in its order, and how the last ones ended. Tabs on a phone, one page elsewhere. */
import { useQuery } from '@tanstack/react-query'
import { CirclePause, CirclePlay } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useQueueActions } from '../../_client/actions/use-queue-actions.ts'
import { formatDuration } from '../../_client/format/time.ts'
import { useLiveJobs } from '../../_client/live/use-live.ts'
import { queueQuery } from '../../_client/queries/queue.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { useParam } from '../../_client/url-state.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Banner } from '../ui/notice.tsx'
import { Column, PageHead } from '../ui/page.tsx'
import { choose, chooseAll, noChoice } from './choice.ts'
import { History } from './history.tsx'
import { QueueBar } from './queue-bar.tsx'
import { RunningList } from './running-list.tsx'
import { useLastTook } from './use-last-took.ts'
import { WaitingList } from './waiting-list.tsx'

export function QueuePage() {
  const live = useLiveJobs()
  const running = live.filter((job) => job.status === 'running')
  const waiting = live.filter((job) => job.status === 'queued')
  const [tab, setTab] = useParam('tab')
  const paused = usePaused()
  const lastTook = useLastTook()
  const { setPaused, busy } = useQueueActions()
  const [choice, setChoice] = useState(noChoice)
  const order = live.map(({ id }) => id)
  const chosen = live.filter(({ id }) => choice.ids.has(id))
  const choosing = {
    ids: choice.ids,
    choose: (id: string, asRange: boolean) => setChoice(choose(choice, order, id, asRange)),
  }

  const nothing = lastTook === null ? 'Nothing waiting.' : `Nothing waiting. Last job took ${formatDuration(lastTook)}.`
  const about = live.length === 0 ? nothing : `${running.length} running, ${waiting.length} waiting`
  const inHistory = tab === 'history'
  return (
    <Column>
      <PageHead
        title="Queue"
        about={paused ? `Paused. ${about}` : about}
        actions={
          <>
            {!paused && (
              <Button needsPod busy={busy} onClick={() => void setPaused(true)}>
                <CirclePause size={16} aria-hidden />
                Pause
              </Button>
            )}
            <Link href="/run" className={`${buttonClass('primary')} max-md:hidden`}>
              Run a workflow
            </Link>
          </>
        }
      />
      {paused && (
        <div className="mb-4">
          <Banner
            tone="warn"
            actions={
              <Button look="primary" needsPod busy={busy} onClick={() => void setPaused(false)}>
                <CirclePlay size={16} aria-hidden />
                Resume
              </Button>
            }
          >
            The queue is paused{running.length > 0 ? '; the running job goes on' : ''}. Nothing new starts until it is
            resumed, also after a restart.
          </Banner>
        </div>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a group of two buttons is no fieldset */}
      <div role="group" aria-label="Show" className="mb-4 grid grid-cols-2 gap-1 rounded-xl bg-sunken p-1 md:hidden">
        {(['', 'history'] as const).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={(name === 'history') === inHistory}
            onClick={() => setTab(name)}
            className={`h-11 rounded-lg text-sm ${(name === 'history') === inHistory ? 'border border-line-strong bg-surface font-semibold' : 'text-muted'}`}
          >
            {name === 'history' ? 'History' : `Queue ${live.length}`}
          </button>
        ))}
      </div>
      <div className={`flex flex-col gap-6 ${inHistory ? 'max-md:hidden' : ''}`}>
        {live.length > 1 && (
          <QueueBar
            running={running}
            waiting={waiting}
            chosen={chosen}
            onChooseAll={() => setChoice(chooseAll(choice, order))}
          />
        )}
        {running.length > 0 && (
          <section>
            <h2 className="mb-3 text-base font-semibold">Running</h2>
            <RunningList jobs={running} choosing={live.length > 1 ? choosing : null} />
          </section>
        )}
        {waiting.length > 0 && (
          <section>
            <h2 className="mb-3 text-base font-semibold">
              Waiting <span className="font-normal text-muted tabular-nums">{waiting.length}</span>
            </h2>
            <WaitingList jobs={waiting} running={running.length} choosing={live.length > 1 ? choosing : null} />
          </section>
        )}
        {live.length === 0 && (
          <div className="grid place-items-center py-10 md:hidden">
            <Link href="/run" className={buttonClass('primary')}>
              Run a workflow
            </Link>
          </div>
        )}
      </div>
      <section className={`md:mt-10 ${inHistory ? '' : 'max-md:hidden'}`}>
        <History />
      </section>
    </Column>
  )
}

/** From the queue itself, or from the system's state, whichever was heard last says the same. */
function usePaused(): boolean {
  const queue = useQuery(queueQuery).data
  const system = useQuery(systemQuery).data
  return queue?.paused ?? system?.queue.paused ?? false
}
