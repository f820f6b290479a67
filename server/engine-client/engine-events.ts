/**
 * @file Writes `engine.up` and `engine.down` into the event log, once per turn of fortune, and that the queue was paused or
 * goes on. The engine is up when its feed is connected and its runner is not down.
 */
import type { EventSink } from '../events/event-log.ts'
import type { EngineFeedState } from './engine-feed.ts'

/** @returns the listener for the feed's state */
export function writeEngineEvents(log: EventSink): (state: EngineFeedState) => void {
  let up: boolean | null = null
  let paused: boolean | null = null

  function notePause(state: EngineFeedState): void {
    if (!state.connected || state.paused === paused) return
    // A queue that goes on is no news when the studio starts; one that stands still is.
    if (paused !== null || state.paused) {
      const [type, words] = state.paused
        ? (['queue.paused', 'The queue is paused'] as const)
        : (['queue.resumed', 'The queue goes on'] as const)
      log.append(type, 'info', words, { paused: state.paused })
    }
    paused = state.paused
  }

  return (state) => {
    notePause(state)
    const isUp = state.connected && state.runner !== 'down'
    if (isUp === up) return
    // That it is not there yet when the studio starts is no event.
    const isNews = up !== null || isUp
    up = isUp
    if (!isNews) return
    if (isUp) {
      log.append('engine.up', 'info', `The engine is ready on ${state.device ?? 'an unknown device'}`, {
        device: state.device,
      })
      return
    }
    const reason = state.connected ? 'The runner stopped' : 'The engine is not running'
    const message = state.detail ? `${reason}: ${state.detail}` : `${reason}; it is started again`
    log.append('engine.down', 'warning', message, { detail: state.detail })
  }
}
