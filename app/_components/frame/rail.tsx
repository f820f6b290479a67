'use client'
import { useQuery } from '@tanstack/react-query'
/** @file The rail on a wide screen: the pages, then in words how the engine is, and the pod's meters in small. */
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useLiveJobs, useRunningJob } from '../../_client/live/use-live.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { Meter, toneOf } from '../ui/meter.tsx'
import { part } from '../ui/part.tsx'
import { EngineState } from './engine-state.tsx'
import { isAt, places } from './places.ts'

const RailRunning = part(() => import('./running-job.tsx').then((module) => module.RailRunning))

export function Rail() {
  const running = useRunningJob()
  const pathname = usePathname()
  const waiting = useLiveJobs().length
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-y-0 left-0 z-20 hidden w-(--rail) flex-col items-stretch gap-1 overflow-y-auto border-r border-line bg-surface px-2 py-3 md:flex"
    >
      {places.map((place) => {
        const here = isAt(pathname, place)
        return (
          <Link
            key={place.href}
            href={place.href}
            aria-current={here ? 'page' : undefined}
            className={`relative flex h-[3.75rem] flex-col items-center justify-center gap-1 rounded-xl text-xs ${here ? 'bg-sunken font-semibold text-ink' : 'text-muted hover:bg-hover hover:text-ink'}`}
          >
            {here && <span className="absolute top-3 bottom-3 -left-2 w-1 rounded-r-full bg-accent" aria-hidden />}
            <place.icon size={20} strokeWidth={here ? 2.4 : 1.8} aria-hidden />
            {place.name}
            {place.href === '/queue' && waiting > 0 && (
              <span className="absolute top-1 right-2 grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-xs font-semibold text-on-accent tabular-nums">
                {waiting}
                <span className="sr-only"> in the queue</span>
              </span>
            )}
          </Link>
        )
      })}
      <div className="mt-auto" />
      {running && <RailRunning job={running} />}
      <RailFoot />
    </nav>
  )
}

function RailFoot() {
  const system = useQuery(systemQuery).data
  if (system === undefined) return null
  const gpu = system.gpus[0]
  const rows: [string, number | null][] = [
    [gpu ? 'GPU' : 'CPU', gpu ? (gpu.utilization ?? 0) / 100 : (system.cpu.utilization ?? 0) / 100],
    gpu?.memory_total
      ? ['VRAM', (gpu.memory_used ?? 0) / gpu.memory_total]
      : ['RAM', system.memory.used / system.memory.total],
    ['Disk', diskShare(system.disk)],
  ]
  return (
    <Link href="/pod" className="flex flex-col gap-2 rounded-xl px-1.5 py-2 hover:bg-hover">
      <EngineState compact />
      {rows.map(([name, share]) =>
        share === null ? null : (
          <div key={name}>
            <div className="flex justify-between text-xs text-muted tabular-nums">
              <span>{name}</span>
              <span>{Math.round(share * 100)}</span>
            </div>
            <Meter
              thin
              label={name}
              value={share}
              tone={name === 'Disk' || name === 'VRAM' ? toneOf(share) : 'accent'}
            />
          </div>
        ),
      )}
    </Link>
  )
}

/** Used share of the disk (the server counts by the quota where one is set); null where nothing is known. */
export function diskShare(disk: { free: number | null; total: number | null }): number | null {
  return disk.free !== null && disk.total !== null && disk.total > 0 ? 1 - disk.free / disk.total : null
}
