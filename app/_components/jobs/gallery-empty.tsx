'use client'
/** @file What the gallery says when there is nothing to show. Loaded when it is said. */
import { Images } from 'lucide-react'
import type { OutputFilters } from '../../_client/queries/outputs.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/notice.tsx'
import { clearFilters, kindOptions, markOptions } from './filter-bar.tsx'
import { dayInWords, labelOf } from './filter-words.ts'
import { mediaOptions, statusOptions } from './filters.tsx'
import { FirstRun } from './first-run.tsx'

export function GalleryEmpty({ filters, filtered }: { filters: OutputFilters; filtered: boolean }) {
  return filtered ? <NoMatch filters={filters} /> : <FirstRun />
}

function NoMatch({ filters }: { filters: OutputFilters }) {
  return (
    <Empty
      icon={<Images size={26} />}
      title={filtersInWords(filters)}
      actions={
        <Button look="primary" onClick={clearFilters}>
          Clear filters
        </Button>
      }
    />
  )
}

/** `finals, starred, “red car”`: for the sentence that says that nothing matches. */
function filtersInWords(filters: OutputFilters): string {
  const kind = filters.kind === '' ? 'files' : labelOf(kindOptions, filters.kind).toLowerCase()
  const rest = [
    filters.media !== '' && labelOf(mediaOptions, filters.media).toLowerCase(),
    filters.status !== '' && labelOf(statusOptions, filters.status).toLowerCase(),
    filters.mark !== '' && labelOf(markOptions, filters.mark).toLowerCase(),
    filters.from !== '' && `from ${dayInWords(filters.from)}`,
    filters.to !== '' && `until ${dayInWords(filters.to)}`,
  ].filter(Boolean)
  return `No ${kind} match${filters.q === '' ? '' : ` “${filters.q}”`}${rest.length > 0 ? `: ${rest.join(', ')}` : ''}`
}
