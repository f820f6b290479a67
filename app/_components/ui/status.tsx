/** @file A job's state: icon, word and colour together, as none of them reaches everybody. */

import { Ban, CircleCheck, CircleX, Clock, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { JobStatus } from '#contracts/jobs'
import { statusWords } from '../../_client/format/words.ts'

const looks: Record<JobStatus, { icon: typeof Clock; tone: string }> = {
  queued: { icon: Clock, tone: 'text-muted' },
  running: { icon: LoaderCircle, tone: 'text-accent' },
  completed: { icon: CircleCheck, tone: 'text-ok' },
  failed: { icon: CircleX, tone: 'text-danger' },
  cancelled: { icon: Ban, tone: 'text-muted' },
  interrupted: { icon: TriangleAlert, tone: 'text-warn' },
}

interface StatusProps {
  status: JobStatus
  /** it needs nobody's attention any more */
  quiet?: boolean | undefined
}

export function Status({ status, quiet = false }: StatusProps) {
  const { icon: Icon, tone } = looks[status]
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap text-sm font-medium ${quiet ? 'text-muted' : tone}`}
    >
      <Icon size={16} aria-hidden />
      {statusWords[status]}
    </span>
  )
}
