'use client'
/** @file That a job stopped before it finished, and what can be done about it. Nothing once its files are kept. */
import { useRouter } from 'next/navigation'
import type { Job } from '#contracts/jobs'
import { count } from '../../_client/format/words.ts'
import { InterruptedActions } from '../jobs/interrupted-actions.tsx'
import { needsAttention } from '../jobs/needs-attention.ts'
import { Banner } from '../ui/notice.tsx'
import { contentsOf } from './job-actions.tsx'

export function JobInterrupted({ job }: { job: Job }) {
  const router = useRouter()
  if (!needsAttention(job)) return null
  const kept = job.outputs.length
  return (
    <div className="mb-6">
      <Banner
        tone="warn"
        actions={
          <InterruptedActions
            job={job.id}
            retriable
            hasFiles={kept > 0}
            what={`${job.workflow?.name ?? 'From a ComfyUI client'} (${contentsOf(job)})`}
            onTrashed={() => router.push('/jobs')}
          />
        }
      >
        {kept > 0
          ? `Stopped before it finished, ${count(kept, 'file')} kept.`
          : 'Stopped before it finished. No files were made.'}
      </Banner>
    </div>
  )
}
