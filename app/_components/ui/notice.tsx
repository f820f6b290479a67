/** @file What a page says when there is nothing to show, or when something is wrong: one sentence, one main button. */
import { CircleAlert, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { inWords } from '../../_client/api-error.ts'
import { Button } from './button.tsx'

interface EmptyProps {
  icon: ReactNode
  title: string
  children?: ReactNode
  /** main button first */
  actions?: ReactNode
}

export function Empty({ icon, title, children, actions }: EmptyProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-20 text-center">
      <div className="mb-5 grid size-14 place-items-center rounded-2xl bg-sunken text-muted" aria-hidden>
        {icon}
      </div>
      <h2 className="text-lg font-semibold text-balance">{title}</h2>
      {children && <p className="mt-1.5 text-sm text-pretty text-muted">{children}</p>}
      {actions && <div className="mt-6 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}

/** A request that failed, with a way to try it again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-center px-6 py-20 text-center">
      <CircleAlert size={28} className="mb-4 text-danger" aria-hidden />
      <p className="text-base text-pretty">{inWords(error)}</p>
      <Button className="mt-6" onClick={onRetry}>
        Try again
      </Button>
    </div>
  )
}

interface BannerProps {
  tone: 'warn' | 'danger'
  children: ReactNode
  actions?: ReactNode
}

export function Banner({ tone, children, actions }: BannerProps) {
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'status'}
      className={`flex flex-wrap items-center gap-x-2.5 gap-y-1 rounded-xl py-1 pr-1 pl-3 text-sm md:pl-4 ${tone === 'danger' ? 'bg-danger-soft' : 'bg-warn-soft'}`}
    >
      <TriangleAlert size={18} className={`shrink-0 ${tone === 'danger' ? 'text-danger' : 'text-warn'}`} aria-hidden />
      <div className="min-w-0 grow basis-44 py-1.5 pr-2 text-pretty">{children}</div>
      {actions}
    </div>
  )
}
