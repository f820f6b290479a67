/**
 * @file Long computations that can be left in between: a pure function written as a generator yields after each row, and
 * whoever runs it decides when to breathe. So a picture of any size neither deafens the process nor outlives its job.
 */

/** Yields between its steps (a row, a box of colours), returns the result. */
export type Steps<T> = Generator<void, T>

/** Called between steps: lets messages in and throws when the job was interrupted. */
export type Pause = () => Promise<void>

/** How long steps are taken in one go, in milliseconds. */
const longestGo = 25

/** Runs steps to the end, pausing at least every 25 ms (or after every step that takes longer). */
export async function runSteps<T>(steps: Steps<T>, pause: Pause): Promise<T> {
  await pause()
  for (let started = performance.now(); ; ) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - started < longestGo) continue
    await pause()
    started = performance.now()
  }
}

/** Runs steps to the end at once, for small inputs. */
export function finishSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Values that are worth one step when there are no rows to go by. */
const stepLength = 262_144

/** Computes `target[i] = compute(i)` for every index, a stretch at a time. */
export function* fillSteps(target: Float32Array, compute: (index: number) => number): Steps<void> {
  for (let from = 0; from < target.length; from += stepLength) {
    const to = Math.min(target.length, from + stepLength)
    for (let i = from; i < to; i++) target[i] = compute(i)
    yield
  }
}
