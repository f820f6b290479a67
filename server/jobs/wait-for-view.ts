/** @file Waits a moment for the view to change, so that an answer shows the effect of what was asked. */
import type { JobView } from './job-view.ts'
import type { JobChange } from './live-jobs.ts'

export interface ViewChange {
  /** Resolves when a change satisfied since the wait began, or when patience (milliseconds) is over from now on. */
  within(patience: number): Promise<void>
  /** Call it in any case. */
  stop(): void
}

/**
 * Begins to watch. Begin before the engine is asked, as its feed may be faster than its answer; be patient from its answer
 * on, as it may take its time.
 */
export function waitForView(view: Pick<JobView, 'onChange'>, satisfies: (change: JobChange) => boolean): ViewChange {
  let timer: NodeJS.Timeout | undefined
  let stop = () => {}
  const over = new Promise<void>((resolve) => {
    const unsubscribe = view.onChange((change) => {
      if (satisfies(change)) stop()
    })
    stop = () => {
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
  })
  return {
    within(patience) {
      timer = setTimeout(stop, patience)
      return over
    },
    stop: () => stop(),
  }
}
