/**
 * @file Long loops in slices: work goes on for a few milliseconds, then requests get their turn.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'

export interface TimeSlice {
  /** Await it once per item. Gives the event loop a turn when the slice is used up, else returns at once. */
  rest(): Promise<void> | undefined
}

/** @param milliseconds - how long the event loop may be held in one go */
export function createTimeSlice(milliseconds = 6, now: () => number = () => performance.now()): TimeSlice {
  let began = now()
  return {
    rest() {
      if (now() - began < milliseconds) return undefined
      return nextTurn().then(() => {
        began = now()
      })
    },
  }
}
