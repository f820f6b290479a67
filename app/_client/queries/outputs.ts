/** @file The outputs as pages of jobs with their files, filtered by the server; the event stream keeps them true. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import { firstRequests } from '#contracts/first-requests'
import type { OutputFilter, OutputGroup, OutputList } from '#contracts/outputs'
import { jobStatuses } from '#contracts/vocabulary'
import { getJson } from '../http.ts'

/** As the address has them: days are local, `2026-11-20`. */
export interface OutputFilters {
  q: string
  kind: string
  media: string
  status: string
  mark: string
  from: string
  to: string
}

export const noFilters: OutputFilters = { q: '', kind: '', media: '', status: '', mark: '', from: '', to: '' }

const words: Partial<Record<keyof OutputFilters, readonly string[]>> = {
  kind: ['final', 'preview', 'intermediate'],
  media: ['image', 'video'],
  status: jobStatuses,
  mark: ['star', 'reject', 'none'],
}

/** Filters from an address: words the server does not know are left out, so that an old link shows something. */
export function outputFiltersOf(raw: OutputFilters): OutputFilters {
  const filters = { ...raw }
  for (const [name, known] of Object.entries(words) as [keyof OutputFilters, readonly string[]][]) {
    const given = raw[name].split(',').filter((word) => known.includes(word))
    filters[name] = given.join(',')
  }
  for (const name of ['from', 'to'] as const) if (dayStart(raw[name], 0) === null) filters[name] = ''
  return filters
}

export const outputListsKey = ['outputs', 'list'] as const

const nextPages = 2500

export const outputsQuery = (filters: OutputFilters) =>
  infiniteQueryOptions({
    queryKey: [...outputListsKey, filters],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = paramsOf(filterOf(filters))
      if (pageParam === '') {
        const asked = String(query)
        const address = asked === '' ? firstRequests.outputs : `${firstRequests.outputs}&${asked}`
        return getJson<OutputList>(address, { signal })
      }
      query.set('limit', String(nextPages))
      query.set('cursor', pageParam)
      return getJson<OutputList>(`/api/admin/outputs?${query}`, { signal })
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })

/** One job as these filters show it; null when they do not. */
export async function fetchGroup(filters: OutputFilters, job: string): Promise<OutputGroup | null> {
  const query = paramsOf({ ...filterOf(filters), q: `${filters.q} ${job}`.trim() })
  const { groups } = await getJson<OutputList>(`/api/admin/outputs?${query}`)
  return groups.find((group) => group.folder === job) ?? null
}

/** What the server understands: a day is from its midnight here to the next one. */
export function filterOf({ from, to, ...words }: OutputFilters): OutputFilter {
  const filter: OutputFilter = {}
  for (const [name, value] of Object.entries(words)) {
    if (value !== '') filter[name as keyof typeof words] = value
  }
  const first = dayStart(from, 0)
  const last = dayStart(to, 1)
  if (first !== null) filter.from = first
  if (last !== null) filter.to = last
  return filter
}

function dayStart(day: string, later: number): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day)
  if (!match) return null
  return new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later).getTime() / 1000
}

function paramsOf(filter: OutputFilter): URLSearchParams {
  return new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]))
}
