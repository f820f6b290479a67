/** @file A job's error with its trace, and the whole of it as text to hand to somebody else. Pure. */
import type { JobDetail } from '#contracts/jobs'

/** The trace as the engine recorded it; '' without one. From the record: text of any length. */
export function traceOf(job: Pick<JobDetail, 'history'>): string {
  const messages = job.history?.status.messages
  if (!Array.isArray(messages)) return ''
  for (const entry of messages as unknown[]) {
    if (!Array.isArray(entry) || entry[0] !== 'execution_error') continue
    const { traceback } = Object(entry[1]) as { traceback?: unknown }
    if (Array.isArray(traceback)) return traceback.map(String).join('').trim()
  }
  return ''
}

/** What to send along when asking for help: no file names of the pod, no keys; settings as they were given. */
export function reportOf(job: JobDetail): string {
  const lines = [
    `Job ${job.id}: ${job.status}`,
    `Workflow: ${job.workflow?.name ?? 'from a ComfyUI client'}`,
    ...(job.error
      ? [
          `Error: ${job.error.type}: ${job.error.message.trim()}`,
          ...(job.error.node_type ? [`At: ${job.error.node_type} (node ${job.error.node_id ?? '?'})`] : []),
        ]
      : []),
    `Settings: ${JSON.stringify(job.inputs)}`,
  ]
  const trace = traceOf(job)
  return [...lines, ...(trace === '' ? [] : ['', trace])].join('\n')
}
