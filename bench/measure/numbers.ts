/** @file Medians and ratios. Every figure is a ratio of two things measured in turn, since the machine is never quiet. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median of the ratios taken round by round. */
export function ratioOf(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((value, round) => value / denominators[round]!))
}

/** One line of the table. */
export interface Figure {
  id: string
  what: string
  /** `exact` figures are 1 or 0. */
  value: number
  goal: { atLeast: number } | { atMost: number }
  unit?: string
  /** What the ratio was made of, for the reader. */
  detail: string
}

export function isReached({ value, goal }: Figure): boolean {
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost
}

/** A Markdown table. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const goal = 'atLeast' in figure.goal ? `≥ ${figure.goal.atLeast}` : `≤ ${figure.goal.atMost}`
    const unit = figure.unit ? ` ${figure.unit}` : ''
    const value = Math.abs(figure.value) >= 100 ? figure.value.toFixed(0) : figure.value.toFixed(2)
    return `| ${figure.id} | ${figure.what} | ${goal}${unit} | ${value}${unit} | ${isReached(figure) ? 'yes' : '**no**'} | ${figure.detail} |`
  })
  return ['| | figure | goal | measured | reached | of |', '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n')
}

export const perSecond = (bytes: number, milliseconds: number) => bytes / 1e6 / (milliseconds / 1000)
