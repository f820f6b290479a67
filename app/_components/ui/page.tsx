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
    // The line about it stands beside the name; on a phone, and where a page belongs to another, below it.
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 pt-3 pb-2 sm:gap-y-3 sm:pb-4 md:pt-5">
      <div className="min-w-0 max-sm:contents sm:flex sm:flex-wrap sm:items-baseline sm:gap-x-4">
        {back && <div className="w-full">{back}</div>}
        <h1 className="min-w-0 text-xl font-semibold tracking-tight">{title}</h1>
        {about && (
          <div className={`text-sm text-muted max-sm:order-last max-sm:w-full ${back ? 'w-full' : ''}`}>{about}</div>
        )}
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
