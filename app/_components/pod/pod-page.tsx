'use client'
/** @file The pod: how the engine is, in words, and how busy and full the machine is. */
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { System } from '#contracts/system'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatDuration, formatFull } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { useNow } from '../../_client/use-now.ts'
import { stateOfEngine } from '../frame/engine-state.tsx'
import { StorageSection } from '../storage/storage-section.tsx'
import { Meter, toneOf } from '../ui/meter.tsx'
import { Failure } from '../ui/notice.tsx'
import { Column, PageHead, Panel } from '../ui/page.tsx'
import { FreeMemory, RestartEngine } from './engine-actions.tsx'
import { EngineLog } from './engine-log.tsx'
import { HistoryCharts } from './history-charts.tsx'

export function PodPage() {
  const system = useQuery({ ...systemQuery, refetchInterval: 3000 })
  if (system.isError && system.data === undefined) {
    return <Failure error={system.error} onRetry={() => void system.refetch()} />
  }
  const pod = system.data
  return (
    <Column>
      <PageHead title="Pod" about={pod === undefined ? 'Loading…' : `Studio ${pod.version}`} />
      {pod && (
        <div className="grid grid-cols-1 gap-4 md:grid-cols-2">
          <EnginePanel pod={pod} />
          <MachinePanel pod={pod} />
          <HistoryCharts pod={pod} />
          <StorageSection />
          <EngineLog />
        </div>
      )}
    </Column>
  )
}

function EnginePanel({ pod }: { pod: System }) {
  const now = useNow(5000)
  const { engine, queue, process } = pod
  return (
    <Panel className="p-5">
      <h2 className="text-sm font-semibold text-muted">Engine</h2>
      <p className="mt-1 text-lg font-semibold first-letter:uppercase">{stateOfEngine(engine, now)}</p>
      {engine.detail && <p className="mt-1 text-sm text-pretty text-danger first-letter:uppercase">{engine.detail}</p>}
      <dl className="mt-4 text-sm">
        <Row label="Computes on">{engine.device === null ? 'not known yet' : engine.device.toUpperCase()}</Row>
        <Row label="Jobs">
          <Link href="/queue" className="inline-block py-0.5 underline underline-offset-2 max-md:py-2">
            {queue.running} running, {queue.pending} waiting
          </Link>
        </Row>
        <Row label="In this state">{now > 0 && formatDuration(now - engine.since)}</Row>
        <Row label="Restarts">{engine.restarts === 0 ? 'none' : count(engine.restarts, 'restart')}</Row>
        <Row label="Memory">
          {[
            `web ${formatBytes(process.web_rss)}`,
            process.engine_rss !== null && `engine ${formatBytes(process.engine_rss)}`,
            process.runner_rss !== null && `runner ${formatBytes(process.runner_rss)}`,
          ]
            .filter(Boolean)
            .join(', ')}
        </Row>
        <Row label="Studio started">{now > 0 && formatFull(pod.started_at)}</Row>
        <Row label="Pod">
          {[pod.pod.id, pod.pod.data_centre, `up ${formatDuration(pod.pod.uptime)}`].filter(Boolean).join(', ')}
        </Row>
        {pod.pod.price_per_hour !== null && (
          <Row label="Price">
            ${pod.pod.price_per_hour.toFixed(2)} an hour, $
            {((pod.pod.price_per_hour * pod.pod.uptime) / 3600).toFixed(2)} so far
          </Row>
        )}
        <Row label="Runs on">
          {pod.pod.platform}, Node {pod.pod.node}
        </Row>
      </dl>
      <div className="mt-4 flex flex-wrap gap-2">
        {!engine.external && <RestartEngine />}
        <FreeMemory />
      </div>
    </Panel>
  )
}

function MachinePanel({ pod }: { pod: System }) {
  const { cpu, memory, gpus } = pod
  return (
    <Panel className="p-5">
      <h2 className="text-sm font-semibold text-muted">Machine</h2>
      <div className="mt-3 flex flex-col gap-5">
        {gpus.length === 0 && (
          <p className="text-sm text-muted">No GPU found. Workflows run on the CPU: the same results, more slowly.</p>
        )}
        {gpus.map((gpu) => (
          <div key={gpu.index} className="flex flex-col gap-3">
            <h3 className="text-base font-medium">{gpu.name}</h3>
            <Gauge label="GPU" share={gpu.utilization === null ? null : gpu.utilization / 100}>
              {[
                gpu.utilization !== null && `${Math.round(gpu.utilization)} %`,
                gpu.temperature !== null && `${Math.round(gpu.temperature)} °C`,
                gpu.power !== null && `${Math.round(gpu.power)} W`,
              ]
                .filter(Boolean)
                .join(' · ')}
            </Gauge>
            {gpu.memory_total !== null && (
              <Gauge label="GPU memory" share={(gpu.memory_used ?? 0) / gpu.memory_total} warns>
                {formatBytes(gpu.memory_used ?? 0)} of {formatBytes(gpu.memory_total)}
              </Gauge>
            )}
          </div>
        ))}
        <Gauge label="CPU" share={cpu.utilization === null ? null : cpu.utilization / 100}>
          {cpu.utilization === null ? 'not measured yet' : `${Math.round(cpu.utilization)} %`} of{' '}
          {count(cpu.cores, 'core')}
        </Gauge>
        <Gauge label="Memory" share={memory.used / memory.total} warns>
          {formatBytes(memory.used)} of {formatBytes(memory.total)}
        </Gauge>
      </div>
    </Panel>
  )
}

interface GaugeProps {
  label: string
  share: number | null
  warns?: boolean
  children: ReactNode
}

const Gauge = ({ label, share, warns = false, children }: GaugeProps) => (
  <div>
    <div className="mb-1.5 flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
      <span className="font-medium">{label}</span>
      <span className="text-muted tabular-nums">{children}</span>
    </div>
    {share !== null && <Meter label={label} value={share} tone={warns ? toneOf(share) : 'accent'} />}
  </div>
)

const Row = ({ label, children }: { label: string; children: ReactNode }) => (
  <div className="flex items-center justify-between gap-4 border-b border-line py-2 last:border-0">
    <dt className="text-muted">{label}</dt>
    <dd className="min-w-0 text-right tabular-nums">{children}</dd>
  </div>
)
