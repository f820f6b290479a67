/** @file What the rest of the web process knows of its engine, whether it was started here or was there already. */
import type { EngineLogLine } from '#contracts/system'
import type { EngineTarget } from '../proxy/engine-target.ts'

export interface EngineLinkState {
  /** `ready`: it answers. Whether it is busy is known from its feed, not here. */
  state: 'starting' | 'ready' | 'down'
  /** Unix seconds. */
  since: number
  /** Why it is not ready, in words. */
  detail: string | null
  /** How often it was started again. */
  restarts: number
  /** Process id, when it was started here and runs. */
  pid: number | null
}

export interface EngineLink extends EngineTarget {
  /** Somebody else runs it: the studio neither starts it nor starts it again. */
  readonly external: boolean
  start(): void
  state(): EngineLinkState
  /** Hears every change of state. @returns the way to stop */
  onChange(listener: (state: EngineLinkState) => void): () => void
  /** What it printed of late; an engine of somebody else is asked for it. */
  log(after: number, limit: number): Promise<EngineLogLine[]>
  /** Ends the engine and starts it again at once. @throws StudioError `conflict` when it was not started here */
  restart(): void
  /** Ends the engine if it was started here, in at most `graceTime` milliseconds. */
  stop(graceTime: number): Promise<void>
}

/** The state and its listeners; the clock gives milliseconds. */
export function createLinkState(now: () => number) {
  let current: EngineLinkState = { state: 'starting', since: now() / 1000, detail: null, restarts: 0, pid: null }
  const listeners = new Set<(state: EngineLinkState) => void>()
  return {
    get: () => current,
    set(change: Partial<Omit<EngineLinkState, 'since'>>) {
      const moved = change.state !== undefined && change.state !== current.state
      const next = { ...current, ...change, since: moved ? now() / 1000 : current.since }
      if (JSON.stringify(next) === JSON.stringify(current)) return
      current = next
      for (const listener of listeners) listener(current)
    },
    onChange(listener: (state: EngineLinkState) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** The sentence a caller reads while there is no engine. */
export function whyNot({ state, detail }: EngineLinkState): string {
  if (state === 'starting') return 'The engine is starting. Try again in a moment'
  return `The engine is down${detail ? `: ${detail}` : ''}`
}
