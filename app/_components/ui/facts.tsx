'use client'
/** @file Names and values, each value one click from the clipboard where that is of use. */
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '../../_client/copy-text.ts'

export interface Fact {
  label: string
  value: string
  copy?: boolean
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="text-sm">
      {facts.map(({ label, value, copy = false }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two nodes may have the same name, and rows keep nothing
        <div key={index} className="flex min-h-8 items-center gap-2 border-b border-line py-1 last:border-0">
          <dt className="w-24 shrink-0 break-words text-muted">{label}</dt>
          <dd className="flex min-w-0 grow items-center justify-between gap-2 tabular-nums">
            <span className="min-w-0 break-words">{value}</span>
            {copy && <CopyButton label={label} value={value} />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** A text of any length: some lines of it, all of it on demand. */
export function LongText({ label, value }: { label: string; value: string }) {
  const [open, setOpen] = useState(false)
  const long = value.length > 320 || value.split('\n').length > 6
  return (
    <div className="border-b border-line py-2 text-sm">
      <div className="flex items-center justify-between gap-3">
        <span className="text-muted">{label}</span>
        <CopyButton label={label} value={value} />
      </div>
      <p className={`whitespace-pre-wrap break-words ${long && !open ? 'line-clamp-6' : ''}`}>{value}</p>
      {long && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="min-h-8 text-sm text-accent max-md:min-h-11"
        >
          {open ? 'Show less' : 'Show all'}
        </button>
      )}
    </div>
  )
}

export function CopyButton({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <button
      type="button"
      aria-label={copied ? `${label} copied` : `Copy ${label}`}
      title={`Copy ${label}`}
      onClick={async () => {
        if (!(await copyText(value, label))) return
        setCopied(true)
        setTimeout(() => setCopied(false), 1500)
      }}
      className="grid size-11 shrink-0 place-items-center rounded-lg text-muted hover:bg-hover hover:text-ink md:size-8"
    >
      {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
    </button>
  )
}
