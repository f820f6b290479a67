/** @file `/internal/studio/queue`: what the studio can do with the queue beyond ComfyUI's protocol: pause it, reorder it. */
import { queueCommandSchema } from '#contracts/studio-feed'
import { isOutOfSpace } from '#platform/files/durable-write'
import type { JobLifecycle } from '../../jobs/lifecycle.ts'
import { HttpError, refuse } from '../http-error.ts'
import { type BodyLimits, readJsonObject } from '../read-body.ts'
import { type EngineRoute, sendJson } from '../route.ts'

export interface StudioQueueRouteOptions {
  jobs: Pick<JobLifecycle, 'paused' | 'setPaused' | 'move'>
  limits: BodyLimits
}

export function studioQueueRoutes({ jobs, limits }: StudioQueueRouteOptions): EngineRoute[] {
  return [
    {
      method: 'POST',
      path: '/internal/studio/queue',
      at: 'bare',
      async handle(request, reply) {
        const parsed = queueCommandSchema.safeParse(await readJsonObject(request.raw, limits))
        if (!parsed.success) throw refuse(400, 'not a queue command')
        const command = parsed.data
        const done = durably(() => {
          switch (command.command) {
            case 'pause':
            case 'resume':
              jobs.setPaused(command.command === 'pause')
              return true
            case 'front':
              return jobs.move(command.job, 'front') !== null
            case 'before':
              return jobs.move(command.job, { before: command.other }) !== null
            case 'after':
              return jobs.move(command.job, { after: command.other }) !== null
          }
        })
        return sendJson(reply, { done, paused: jobs.paused })
      },
    },
  ]
}

function durably<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!isOutOfSpace(error) && (error as { code?: string }).code !== 'SQLITE_FULL') throw error
    throw new HttpError(507, { error: 'The disk is full: the queue was left as it is.' })
  }
}
