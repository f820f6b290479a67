'use client'
/** @file How the engine is, in words: the studio works without it, so this is told apart from the connection. */
import { useQuery } from '@tanstack/react-query'
import type { EngineState as State } from '#contracts/system'
import { formatAgo } from '../../_client/format/time.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { useNow } from '../../_client/use-now.ts'

const looks: Record<State['state'], { short: string; long: string; dot: string }> = {
  ready: { short: 'Ready', long: 'Engine ready', dot: 'bg-ok' },
  busy: { short: 'Working', long: 'Engine working', dot: 'bg-accent' },
  starting: { short: 'Starting', long: 'Engine starting', dot: 'bg-warn' },
  incompatible: { short: 'Not ours', long: 'Engine incompatible', dot: 'bg-danger' },
  down: { short: 'Stopped', long: 'Engine stopped', dot: 'bg-danger' },
}

export function engineInWords(engine: State, now: number): string {
  const { long } = looks[engine.state]
  return engine.state === 'down' && now > 0 ? `${long} ${formatAgo(engine.since, now)}` : long
}

export function EngineState({ compact = false }: { compact?: boolean }) {
  const engine = useQuery(systemQuery).data?.engine
  const now = useNow(10_000)
  if (engine === undefined) return null
  const look = looks[engine.state]
  return (
    <span className="inline-flex items-center gap-1.5 text-xs font-medium" title={engineInWords(engine, now)}>
      <span className={`size-2 shrink-0 rounded-full ${look.dot}`} aria-hidden />
      {compact ? (
        <>
          <span className="sr-only">Engine </span>
          {look.short}
        </>
      ) : (
        engineInWords(engine, now)
      )}
    </span>
  )
}
