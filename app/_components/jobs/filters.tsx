'use client'
/** @file The fields filters are made of. They live in the address; `/` jumps to the search, ↓ from it to what it found. */
import { Search, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { statusWords } from '../../_client/format/words.ts'
import { endedStatuses } from '../../_client/queries/jobs.ts'
import { useParam } from '../../_client/url-state.ts'
import { inputClass } from '../ui/field.tsx'

/** A search field that writes to the address once typing pauses. */
export function SearchField({ label }: { label: string }) {
  const [q, setQ] = useParam('q')
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])
  useEffect(() => {
    if (text === q) return
    const timer = setTimeout(() => setQ(text.trim()), 250)
    return () => clearTimeout(timer)
  }, [text, q, setQ])
  return (
    <div className="relative min-w-0 grow basis-40 md:max-w-72">
      <Search
        size={16}
        className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted"
        aria-hidden
      />
      <input
        type="search"
        data-search
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setText('')
          else if (event.key === 'ArrowDown') {
            event.preventDefault()
            document.querySelector<HTMLElement>('[data-tile][tabindex="0"]')?.focus()
          }
        }}
        className={`${inputClass} ${text === '' ? 'pr-2' : 'pr-10'} pl-9 [&::-webkit-search-cancel-button]:hidden`}
      />
      {text !== '' && (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => setText('')}
          className="absolute top-0 right-0 grid h-full w-10 place-items-center text-muted hover:text-ink"
        >
          <X size={16} aria-hidden />
        </button>
      )}
    </div>
  )
}

export interface FilterOption {
  value: string
  label: string
}

interface SelectProps {
  label: string
  name: string
  options: readonly FilterOption[]
}

/** A filter with one choice; the empty value is "all". */
export function FilterSelect({ label, name, options }: SelectProps) {
  const [value, set] = useParam(name)
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => set(event.target.value)}
      className={`${inputClass} w-auto! pr-2 max-sm:grow ${value === '' ? '' : 'border-accent! font-medium'}`}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

export const mediaOptions: readonly FilterOption[] = [
  { value: '', label: 'All media' },
  { value: 'image', label: 'Pictures' },
  { value: 'video', label: 'Videos' },
]

export const statusOptions: readonly FilterOption[] = [
  { value: '', label: 'All jobs' },
  ...endedStatuses.map((status) => ({ value: status, label: statusWords[status] })),
]
