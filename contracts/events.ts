/**
 * @file The studio's event log: one ordered log with rising ids. Read as JSON (`GET /api/admin/events`) or as SSE.
 * Over SSE each log entry is one `event: <type>` with `id: <id>`; beside the log come two kinds that are never
 * replayed: `snapshot` (first message: the whole live state) and `progress`.
 */
import * as z from 'zod'
import { jobProgressSchema, jobSchema } from './jobs.ts'
import { systemSchema } from './system.ts'
import { eventTypes } from './vocabulary.ts'

export type { EventType } from './vocabulary.ts'

export const eventTypeSchema = z.enum(eventTypes)

export const severitySchema = z.enum(['info', 'success', 'warning', 'error'])

export const studioEventSchema = z.object({
  id: z.int().describe('rising, without gaps while the log lasts'),
  type: eventTypeSchema,
  timestamp: z.number().describe('Unix seconds'),
  severity: severitySchema,
  message: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type StudioEvent = z.infer<typeof studioEventSchema>

export const eventListSchema = z.object({ events: z.array(studioEventSchema) })
export type EventList = z.infer<typeof eventListSchema>
export const eventQuerySchema = z.object({
  since: z.coerce.number().int().min(0).optional().describe('only events with a greater id'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  types: z.string().max(400).optional().describe('comma list'),
})

/** SSE `snapshot`: the live state, so that a page is right after a reload without asking anything else. */
export const snapshotSchema = z.object({
  last_event_id: z.int(),
  jobs: z.array(jobSchema).describe('running and queued'),
  system: systemSchema,
})
export type Snapshot = z.infer<typeof snapshotSchema>

/** SSE `progress`: at most four a second and job. `preview` is a URL of the newest preview frame, or null. */
export const progressEventSchema = z.object({
  job: z.string(),
  progress: jobProgressSchema,
  preview: z.string().nullable(),
})
export type ProgressEvent = z.infer<typeof progressEventSchema>
