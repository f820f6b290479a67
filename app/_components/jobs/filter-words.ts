/** @file Filters in words: for the chips and for the sentence that says that nothing matches. */
import { formatDay } from '../../_client/format/time.ts'
import type { FilterOption } from './filters.tsx'

export const labelOf = (options: readonly FilterOption[], value: string) =>
  value
    .split(',')
    .map((each) => options.find((option) => option.value === each)?.label ?? each)
    .join(' or ')

export const dayInWords = (day: string) => (day === '' ? '' : formatDay(new Date(`${day}T12:00`).getTime() / 1000))
