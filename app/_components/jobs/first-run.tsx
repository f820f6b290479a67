'use client'
/** @file What a new pod shows in place of results: how its parts stand, and a workflow that runs right away. Goes with the first result. */
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, Info } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { System } from '#contracts/system'
import type { WorkflowSummary } from '#contracts/workflows'
import { formatBytes } from '../../_client/format/bytes.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { useNow } from '../../_client/use-now.ts'
import { stateOfEngine } from '../frame/engine-state.tsx'
import { buttonClass } from '../ui/button.tsx'

/** How a part stands: fine, fine with something to know, or in need of somebody. */
type State = 'ok' | 'note' | 'wrong'

const looks = {
  ok: { icon: CircleCheck, tone: 'text-ok', word: 'in order' },
  note: { icon: Info, tone: 'text-muted', word: 'to know' },
  wrong: { icon: CircleAlert, tone: 'text-warn', word: 'needs you' },
} as const

export function FirstRun() {
  const { data: system } = useQuery(systemQuery)
  const { data } = useQuery(workflowsQuery)
  const shipped = data?.workflows.filter((workflow) => workflow.shipped)
  const sample = shipped && sampleOf(shipped)
  return (
    <section aria-labelledby="first-run" className="mx-auto max-w-lg py-12">
      <h2 id="first-run" className="text-center text-lg font-semibold text-balance">
        Nothing made yet
      </h2>
      <p className="mt-1.5 text-center text-sm text-pretty text-muted">
        Choose a workflow to start. Its results appear here while they are made.
      </p>
      <div className="mt-6 flex flex-wrap justify-center gap-2">
        <Link href={sample ? `/run/${encodeURIComponent(sample.id)}` : '/run'} className={buttonClass('primary')}>
          {sample ? `Try “${sample.name}”` : 'Run a workflow'}
        </Link>
        {sample && (
          <Link href="/run" className={buttonClass('secondary')}>
            All workflows
          </Link>
        )}
        <Link href="/inputs" className={buttonClass('secondary')}>
          Upload pictures
        </Link>
      </div>
      {system && shipped && (
        <ul aria-label="This pod" className="mt-10 divide-y divide-line rounded-2xl border border-line bg-surface">
          <EngineLine engine={system.engine} />
          <Line state={system.gpus.length > 0 ? 'ok' : 'note'} name="GPU">
            {system.gpus.map((gpu) => gpu.name).join(', ') || 'None found. Workflows run on the processor, slower.'}
          </Line>
          <DiskLine disk={system.disk} />
          <ModelsLine shipped={shipped} />
        </ul>
      )}
    </section>
  )
}

/** What most people come for, as far as its models are there. */
function sampleOf(workflows: readonly WorkflowSummary[]): WorkflowSummary | undefined {
  const ready = workflows.filter((workflow) => workflow.ready)
  const of = (category: string) => ready.find((workflow) => workflow.category === category)
  return of('create') ?? of('enlarge') ?? ready[0]
}

function EngineLine({ engine }: { engine: System['engine'] }) {
  const now = useNow(1000)
  const runs = engine.state === 'ready' || engine.state === 'busy'
  return (
    <Line state={runs ? 'ok' : engine.state === 'starting' ? 'note' : 'wrong'} name="Engine">
      <span className="inline-block first-letter:uppercase">{stateOfEngine(engine, now)}</span>
    </Line>
  )
}

function DiskLine({ disk }: { disk: System['disk'] }) {
  return (
    <Line state={disk.level === 'ok' ? 'ok' : 'wrong'} name="Disk">
      {disk.free === null ? 'How much is free is not known' : `${formatBytes(disk.free)} free`}
    </Line>
  )
}

function ModelsLine({ shipped }: { shipped: readonly WorkflowSummary[] }) {
  const needed = new Set(shipped.flatMap(({ models }) => models.map(({ folder, file }) => `${folder}/${file}`)))
  const absent = new Set(shipped.flatMap((workflow) => workflow.missing.models))
  const missing = [...needed].filter((name) => absent.has(name)).length
  return (
    <Line state={missing === 0 ? 'ok' : 'note'} name="Models">
      {needed.size - missing} of {needed.size} that the workflows here use
      {missing > 0 && (
        <>
          {' · '}
          <Link href="/models" className="text-accent underline underline-offset-2">
            {missing} to download
          </Link>
        </>
      )}
    </Line>
  )
}

function Line({ state, name, children }: { state: State; name: string; children: ReactNode }) {
  const { icon: Icon, tone, word } = looks[state]
  return (
    <li className="flex items-center gap-3 px-4 py-3 text-sm">
      <Icon size={18} className={`shrink-0 ${tone}`} aria-hidden />
      <span className="w-16 shrink-0 font-medium">
        {name}
        <span className="sr-only"> {word}:</span>
      </span>
      <span className="min-w-0 text-muted">{children}</span>
    </li>
  )
}
