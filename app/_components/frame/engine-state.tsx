'use client'
/** @file How the engine is, in words: the studio works without it, so this is told apart from the connection. */
import { useQuery } from '@tanstack/react-query'
import type { EngineState as State } from '#contracts/system'
import { formatAgo } from '../../_client/format/time.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { useNow } from '../../_client/use-now.ts'

const looks: Record<State['state'], { short: string; state: string; dot: string }> = {
  ready: { short: 'Ready', state: 'ready', dot: 'bg-ok' },
  busy: { short: 'Working', state: 'working', dot: 'bg-accent' },
  starting: { short: 'Starting', state: 'starting', dot: 'bg-warn' },
  incompatible: { short: 'Not ours', state: 'incompatible', dot: 'bg-danger' },
  down: { short: 'Stopped', state: 'stopped', dot: 'bg-danger' },
}

/** `Engine ready` */
export const engineInWords = (engine: State, now: number) => `Engine ${stateOfEngine(engine, now)}`

/** `ready`, where it is said already what is. @param now - Unix seconds */
export function stateOfEngine({ state, since }: State, now: number): string {
  const words = looks[state].state
  return state === 'down' && now > 0 ? `${words} ${formatAgo(since, now)}` : words
}

export function EngineState({ compact = false }: { compact?: boolean }) {
  const engine = useQuery(systemQuery).data?.engine
  const now = useNow(2000)
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
