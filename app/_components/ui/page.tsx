/** @file The head every page has: its name, one line about it, and its main actions. */
import type { ReactNode } from 'react'

interface PageHeadProps {
  title: string
  about?: ReactNode
  /** above the title: the page this one belongs to */
  back?: ReactNode
  actions?: ReactNode
}

export function PageHead({ title, about, back, actions }: PageHeadProps) {
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3 pt-6 pb-5 md:pt-8">
      <div className="min-w-0">
        {back}
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {about && <div className="mt-1 text-sm text-muted">{about}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  )
}

/** The width of reading pages; galleries use the whole width. */
export const Column = ({ children }: { children: ReactNode }) => (
  <div className="mx-auto w-full max-w-5xl px-4 pb-16 md:px-8">{children}</div>
)

export const Panel = ({ children, className = '' }: { children: ReactNode; className?: string }) => (
  <section className={`rounded-2xl border border-line bg-surface ${className}`}>{children}</section>
)
