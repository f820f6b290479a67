/** @file Waits a moment for the view to change, so that an answer shows the effect of what was asked. */
import type { JobView } from './job-view.ts'
import type { JobChange } from './live-jobs.ts'

/** Resolves when a change satisfies, or when patience (milliseconds) is over. Call `stop` in any case. */
export function waitForView(
  view: Pick<JobView, 'onChange'>,
  satisfies: (change: JobChange) => boolean,
  patience: number,
): { promise: Promise<void>; stop: () => void } {
  let stop = () => {}
  const promise = new Promise<void>((resolve) => {
    const timer = setTimeout(() => stop(), patience)
    const unsubscribe = view.onChange((change) => {
      if (satisfies(change)) stop()
    })
    stop = () => {
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
  })
  return { promise, stop: () => stop() }
}
