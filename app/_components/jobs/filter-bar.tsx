'use client'
/** @file Search and filters of the outputs, the same over jobs and files, and a chip for each that takes it away. */
import { ListFilter } from 'lucide-react'
import { useMemo, useState } from 'react'
import { type OutputFilters, outputFiltersOf } from '../../_client/queries/outputs.ts'
import { replaceParams, useParam } from '../../_client/url-state.ts'
import { IconButton } from '../ui/button.tsx'
import { inputClass } from '../ui/field.tsx'
import { type FilterOption, FilterSelect, mediaOptions, SearchField, statusOptions } from './filters.tsx'

export const kindOptions: readonly FilterOption[] = [
  { value: '', label: 'All kinds' },
  { value: 'final', label: 'Finals' },
  { value: 'preview', label: 'Previews' },
  { value: 'intermediate', label: 'Intermediates' },
]
export const markOptions: readonly FilterOption[] = [
  { value: '', label: 'Any mark' },
  { value: 'star', label: 'Starred' },
  { value: 'reject', label: 'Rejected' },
  { value: 'none', label: 'Not marked' },
]
export const filterNames = ['q', 'kind', 'media', 'status', 'mark', 'from', 'to'] as const

/** The filters as the address says them; what is not one is ignored. The same object as long as they are the same. */
export function useOutputFilters(): { filters: OutputFilters; filtered: boolean } {
  const [q] = useParam('q')
  const [kind] = useParam('kind')
  const [media] = useParam('media')
  const [status] = useParam('status')
  const [mark] = useParam('mark')
  const [from] = useParam('from')
  const [to] = useParam('to')
  return useMemo(() => {
    const filters = outputFiltersOf({ q, kind, media, status, mark, from, to })
    return { filters, filtered: filterNames.some((name) => filters[name] !== '') }
  }, [q, kind, media, status, mark, from, to])
}

export const clearFilters = () => replaceParams(Object.fromEntries(filterNames.map((name) => [name, null])))

export function FilterBar({ label, children }: { label: string; children: React.ReactNode }) {
  const { filtered } = useOutputFilters()
  // On a phone the search stays, the rest unfolds.
  const [open, setOpen] = useState(false)
  return (
    <div className="mb-2 flex flex-wrap items-center gap-2">
      <SearchField label={label} />
      <IconButton
        label="Filters"
        look="secondary"
        aria-expanded={open}
        className={`md:hidden ${filtered ? 'border-accent!' : ''}`}
        onClick={() => setOpen(!open)}
      >
        <ListFilter size={18} aria-hidden />
      </IconButton>
      <div
        className={`flex flex-wrap items-center gap-2 max-[90rem]:order-last max-[90rem]:w-full ${open ? '' : 'max-md:hidden'}`}
      >
        <FilterSelect label="Kind" name="kind" options={kindOptions} />
        <FilterSelect label="Media" name="media" options={mediaOptions} />
        <FilterSelect label="State" name="status" options={statusOptions} />
        <FilterSelect label="Mark" name="mark" options={markOptions} />
        <DayField label="From" name="from" />
        <DayField label="To" name="to" />
      </div>
      <div className="ml-auto flex items-center gap-2">{children}</div>
    </div>
  )
}

function DayField({ label, name }: { label: string; name: string }) {
  const [value, set] = useParam(name)
  return (
    <label className="flex items-center gap-2 text-sm text-muted max-sm:grow">
      <span>{label}</span>
      <input
        type="date"
        value={value}
        onChange={(event) => set(event.target.value)}
        className={`${inputClass} w-auto! pr-2 max-sm:grow ${value === '' ? 'text-muted!' : 'border-accent! font-medium'}`}
      />
    </label>
  )
}
