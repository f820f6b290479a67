/** @file Hands held runs to the engine when it can be reached, and shows those it refuses as failed. */
import type { EngineClient } from '../engine-client/engine-client.ts'
import { describeRefusal, PromptRefusedError } from '../engine-client/prompt-refusal.ts'
import { StudioError } from '../http/errors.ts'
import type { HeldRuns } from './held-runs.ts'
import type { JobView } from './job-view.ts'
import { namesOf } from './run-request.ts'

export async function handOverHeld({
  held,
  engine,
  view,
}: {
  held: HeldRuns
  engine: Pick<EngineClient, 'queuePrompt'>
  view: JobView
}): Promise<void> {
  const failed = await held.handOver(async ({ request }) => {
    try {
      await engine.queuePrompt(request)
      return 'taken'
    } catch (error) {
      if (error instanceof PromptRefusedError) {
        const message = describeRefusal(error.refusal, namesOf(request.prompt))
        return { type: 'PromptRefused', message, node_id: null, node_type: null }
      }
      // A full disk passes too; what else is wrong would be wrong again.
      const passing =
        error instanceof StudioError && ['engine_unavailable', 'insufficient_storage'].includes(error.code)
      if (passing) return 'later'
      return { type: 'NotQueued', message: (error as Error).message, node_id: null, node_type: null }
    }
  })
  for (const job of failed) view.applyFeed({ type: 'job', job, change: 'ended' })
}
