'use client'
/** @file The active filters, each with a way to take it away. Loaded when there is one. */
import { X } from 'lucide-react'
import type { OutputFilters } from '../../_client/queries/outputs.ts'
import { replaceParams } from '../../_client/url-state.ts'
import { kindOptions, markOptions, filterNames as names, useOutputFilters } from './filter-bar.tsx'
import { dayInWords, labelOf } from './filter-words.ts'
import { mediaOptions, statusOptions } from './filters.tsx'

/** Each active filter in words, with its ✕. */
export function FilterChips() {
  const { filters } = useOutputFilters()
  const words: Record<keyof OutputFilters, string> = {
    q: `“${filters.q}”`,
    kind: labelOf(kindOptions, filters.kind),
    media: labelOf(mediaOptions, filters.media),
    status: labelOf(statusOptions, filters.status),
    mark: labelOf(markOptions, filters.mark),
    from: `from ${dayInWords(filters.from)}`,
    to: `until ${dayInWords(filters.to)}`,
  }
  const active = names.filter((name) => filters[name] !== '')
  if (active.length === 0) return null
  return (
    <ul aria-label="Active filters" className="mb-2 flex flex-wrap gap-2">
      {active.map((name) => (
        <li key={name}>
          <button
            type="button"
            aria-label={`Remove filter ${words[name]}`}
            onClick={() => replaceParams({ [name]: null })}
            className="inline-flex h-11 max-w-72 items-center gap-1.5 rounded-full bg-accent-soft pr-2.5 pl-3.5 text-sm hover:bg-hover md:h-8"
          >
            <span className="truncate">{words[name]}</span>
            <X size={14} className="shrink-0" aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  )
}
