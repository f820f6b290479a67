/** @file Chooses step sizes from the errors of the steps before, as a PID controller. */

export interface StepControl {
  pcoeff?: number
  icoeff?: number
  dcoeff?: number
  /** a step is taken when it would have been at least this share of the ideal one */
  accept_safety?: number
}

/**
 * @param initialSize - the first step, above 0
 * @param order - of the method
 * @see Söderlind 2003, "Digital filters in adaptive time-stepping", doi 10.1145/641876.641877
 */
export function createStepController(initialSize: number, order: number, control: StepControl) {
  const { pcoeff = 0, icoeff = 1, dcoeff = 0, accept_safety = 0.81 } = control
  const powers = [(pcoeff + icoeff + dcoeff) / order, -(pcoeff + 2 * dcoeff) / order, dcoeff / order] as const
  let size = initialSize
  let before: [number, number] | undefined
  return {
    get size() {
      return size
    },
    /** Sets the next size. @param error - 1 is as large as allowed @returns whether the step counts */
    accept(error: number): boolean {
      // A network that answers NaN would otherwise never be accepted and never end.
      if (!Number.isFinite(error)) throw new RangeError('The network gave values that are not numbers')
      const inverse = 1 / (error + 1e-8)
      before ??= [inverse, inverse]
      const ideal = inverse ** powers[0] * before[0] ** powers[1] * before[1] ** powers[2]
      const factor = 1 + Math.atan(ideal - 1)
      const accepted = factor >= accept_safety
      if (accepted) before = [inverse, before[0]]
      size *= factor
      return accepted
    },
  }
}
