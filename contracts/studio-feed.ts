/**
 * @file What the engine tells the studio beyond ComfyUI's protocol, on `GET /internal/studio/feed` (WebSocket).
 * Text frames are one of these messages; binary frames are previews: a 4-byte big-endian length, that many bytes
 * of JSON ({@link feedPreviewSchema}), then the image.
 */
import * as z from 'zod'
import { jobProgressSchema, jobSchema } from './jobs.ts'

export const feedMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    jobs: z.array(jobSchema).describe('everything that has not ended, with progress'),
    device: z.string(),
    runner: z.enum(['starting', 'ready', 'busy', 'down']),
    paused: z.boolean().describe('nothing is taken from the queue'),
  }),
  z.object({ type: z.literal('queue'), paused: z.boolean() }),
  z.object({
    type: z.literal('job'),
    job: jobSchema,
    change: z.enum(['queued', 'started', 'output', 'ended', 'moved']),
  }),
  z.object({ type: z.literal('progress'), job: z.string(), progress: jobProgressSchema }),
  z.object({
    type: z.literal('runner'),
    state: z.enum(['starting', 'ready', 'busy', 'down']),
    detail: z.string().nullable(),
    rss: z.number().nullable(),
  }),
])
export type FeedMessage = z.infer<typeof feedMessageSchema>

export const feedPreviewSchema = z.object({
  job: z.string(),
  node_id: z.string(),
  image_type: z.enum(['image/jpeg', 'image/png']),
})
export type FeedPreview = z.infer<typeof feedPreviewSchema>

/** Additive key of the engine's `POST /prompt` answer: the job's folder name. */
export const promptAnswerSchema = z.object({
  prompt_id: z.string(),
  number: z.number(),
  node_errors: z.record(z.string(), z.unknown()),
  job: z.string().optional(),
})

/** Body of the engine's `POST /internal/studio/queue`. Jobs by their names. */
export const queueCommandSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('pause') }),
  z.object({ command: z.literal('resume') }),
  z.object({ command: z.literal('front'), job: z.string() }),
  z.object({ command: z.literal('before'), job: z.string(), other: z.string() }),
  z.object({ command: z.literal('after'), job: z.string(), other: z.string() }),
])
export type QueueCommand = z.infer<typeof queueCommandSchema>

/** Its answer. `done` is false when a job of the command does not wait. */
export const queueAnswerSchema = z.object({ done: z.boolean(), paused: z.boolean() })
