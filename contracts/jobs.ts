/**
 * @file The job: one prompt with a folder. The engine owns it (`job.json`, queue), everyone else reads it.
 * A job is `queued → running → completed | failed | cancelled | interrupted`.
 */
import * as z from 'zod'
import { mediaKinds } from './media.ts'
import { jobIdPattern, jobStatuses, marks } from './vocabulary.ts'

export { type JobStatus, jobIdPattern } from './vocabulary.ts'

export const jobIdSchema = z.string().regex(jobIdPattern)

export const jobStatusSchema = z.enum(jobStatuses)

export const outputKindSchema = z.enum(['final', 'preview', 'intermediate'])
export type OutputKind = z.infer<typeof outputKindSchema>

export const markSchema = z.enum(marks)

/** One durable file of a job, recorded when it became visible. */
export const jobFileSchema = z.object({
  filename: z.string(),
  subfolder: z.string().describe('relative to the output root: `<job>/final`'),
  kind: outputKindSchema,
  media: z.enum(mediaKinds).nullable().describe('null for other files'),
  node_id: z.string(),
  size: z.int().describe('bytes'),
  crc32: z.int().describe('unsigned, of the whole file'),
  modified_ns: z
    .string()
    .describe('modification time in nanoseconds, decimal: tells whether size and crc32 still hold'),
  width: z.int().nullable(),
  height: z.int().nullable(),
  duration: z.number().nullable().describe('seconds, videos'),
  mark: markSchema.optional().describe('told by the studio when the file is marked; never in the record'),
})
export type JobFile = z.infer<typeof jobFileSchema>

export const jobErrorSchema = z.object({
  type: z.string().describe("the exception's class name, as on the Comfy wire"),
  message: z.string(),
  node_id: z.string().nullable(),
  node_type: z.string().nullable(),
})
export type JobError = z.infer<typeof jobErrorSchema>

export const jobProgressSchema = z.object({
  value: z.number().describe('share of the whole job that is done, 0 to 1'),
  node_id: z.string().nullable(),
  node_title: z.string().nullable().describe('the running node in words'),
  step: z.number().describe("the running node's own progress"),
  steps: z.number(),
  nodes_done: z.int(),
  nodes_total: z.int(),
  loading: z
    .object({ model: z.string().describe('its file'), since: z.number().describe('Unix seconds') })
    .optional()
    .describe('there while a model is being opened, whichever node needs it'),
  finished: z.array(z.string()).optional().describe('ids of the nodes that are done or cached, in no order'),
})
export type JobProgress = z.infer<typeof jobProgressSchema>

/** What a studio run adds to a prompt (`extra_data.studio`); absent for foreign Comfy clients. */
export const studioRunSchema = z.object({
  workflow: z.object({ id: z.string(), name: z.string() }).nullable(),
  inputs: z.record(z.string(), z.unknown()).describe('the form values as given, seeds resolved'),
  seeds: z.record(z.string(), z.number()).describe('input id → seed that was used'),
  outputs: z.record(z.string(), outputKindSchema).describe('node id → which kind of output it gives'),
  retry_of: z.string().nullable(),
  job: jobIdSchema.optional().describe('name the job is to have: sent again, the prompt is not queued again'),
})
export type StudioRun = z.infer<typeof studioRunSchema>

/** One value of a graph that a form of it would show. */
export const graphSettingSchema = z.object({
  label: z.string(),
  type: z.enum(['text', 'int', 'float', 'boolean', 'select', 'seed', 'image', 'video', 'model']),
  input: z.string().describe("name of the node's input: `width`, `ckpt_name`"),
  value: z.union([z.string(), z.number(), z.boolean()]).describe('a text may be cut; a seed beyond 2^53 is a text'),
})
export type GraphSetting = z.infer<typeof graphSettingSchema>

export const jobSchema = z.object({
  id: jobIdSchema,
  prompt_id: z.string(),
  status: jobStatusSchema,
  number: z.number().describe('queue priority: lower runs first'),
  workflow: z.object({ id: z.string(), name: z.string() }).nullable(),
  inputs: z.record(z.string(), z.unknown()),
  seeds: z.record(z.string(), z.number()),
  created_at: z.number().describe('Unix seconds with a fraction, as all times here'),
  started_at: z.number().nullable(),
  finished_at: z.number().nullable(),
  progress: jobProgressSchema.nullable().describe('only while running'),
  outputs: z.array(jobFileSchema),
  error: jobErrorSchema.nullable(),
  retry_of: z.string().nullable(),
  settings: z
    .array(graphSettingSchema)
    .optional()
    .describe('of a run whose workflow the pod does not keep: what its graph says, prompts first; never in the record'),
  kept: z
    .literal(true)
    .optional()
    .describe('interrupted, and a person keeps what it wrote; told by the studio, never in the record'),
})
export type Job = z.infer<typeof jobSchema>

/** When a node of the graph ran. Cached nodes did not: both times are those of the moment that said so. */
export const nodeRunSchema = z.object({
  id: z.string(),
  started_at: z.number().describe('Unix seconds with a fraction'),
  finished_at: z.number().nullable().describe('null: the run ended in it'),
  cached: z.boolean(),
})
export type NodeRun = z.infer<typeof nodeRunSchema>

/** `job.json` in the job's folder: the job, and everything needed to run it again. */
export const jobRecordSchema = jobSchema.omit({ progress: true }).extend({
  version: z.literal(1),
  client_id: z.string().nullable(),
  prompt: z.record(z.string(), z.unknown()).describe('the graph as executed, API format'),
  extra_data: z.record(z.string(), z.unknown()).describe('without secrets'),
  outputs_to_execute: z.array(z.string()),
  nodes: z.array(nodeRunSchema).optional().describe('in the order they started; absent in older records'),
  history: z
    .object({
      outputs: z.record(z.string(), z.unknown()),
      meta: z.record(z.string(), z.unknown()),
      status: z.record(z.string(), z.unknown()),
    })
    .nullable()
    .describe("the Comfy history entry's parts; null until the job ended"),
})
export type JobRecord = z.infer<typeof jobRecordSchema>

/** `GET /api/admin/jobs/{job}`: the record, and how far the job is. A waiting job's graph comes from the queue. */
export const jobDetailSchema = jobRecordSchema.extend({ progress: jobProgressSchema.nullable() })
export type JobDetail = z.infer<typeof jobDetailSchema>

export const jobListQuerySchema = z.object({
  status: z.string().max(200).optional().describe('comma list of states'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional().describe('`next_cursor`, or the id of a listed job; the page starts after it'),
  q: z.string().max(200).optional().describe('part of id, workflow name or a text input'),
})
export const jobListSchema = z.object({
  jobs: z.array(jobSchema).describe('running, then queued in running order, then finished, newest first'),
  total: z.int(),
  next_cursor: z.string().nullable(),
})
export type JobList = z.infer<typeof jobListSchema>

/** `POST /api/admin/jobs/{job}/retry`; without a body the same seeds. */
export const retryJobSchema = z
  .object({
    seed: z.enum(['same', 'new']).default('same').describe('`new` draws every seed of the run again'),
    front: z.boolean().optional().describe('run before everything queued'),
  })
  .nullish()

/** `POST /api/admin/jobs/{job}/move`: where a waiting job goes. */
export const moveJobSchema = z.union([
  z.strictObject({ front: z.literal(true) }),
  z.strictObject({ before: jobIdSchema }),
  z.strictObject({ after: jobIdSchema }),
])
export type MoveJob = z.infer<typeof moveJobSchema>

/** `POST /api/admin/jobs/cancel` */
export const cancelJobsSchema = z.union([
  z.strictObject({ jobs: z.array(jobIdSchema).min(1).max(1000) }),
  z.strictObject({ all: z.literal(true), except_running: z.boolean().default(false) }),
])
export type CancelJobs = z.input<typeof cancelJobsSchema>
export const cancelledJobsSchema = z.object({
  cancelled: z.array(jobIdSchema),
  errors: z.array(z.object({ job: z.string(), detail: z.string() })),
})
export type CancelledJobs = z.infer<typeof cancelledJobsSchema>

/** `GET /api/admin/queue`: what runs and what waits, with when it is expected to start. */
export const queueSchema = z.object({
  paused: z.boolean().describe('nothing is taken from the queue; what runs goes on'),
  jobs: z
    .array(
      jobSchema.extend({
        position: z.int().describe('0 while running, 1 for the next one'),
        starts_in: z.number().nullable().describe('seconds; null when paused, or when a job before it never ran'),
        takes: z
          .number()
          .nullable()
          .describe('median run time in seconds of the last five runs like it, waiting not counted; null without any'),
      }),
    )
    .describe('running, then waiting in running order'),
  idle_in: z.number().nullable().describe('seconds until a job queued now would start; null as above'),
})
export type Queue = z.infer<typeof queueSchema>

/** `GET /api/admin/workflows/{id}/usual`: what its last completed runs took, five at most. Medians; null without a run. */
export const usualRunSchema = z.object({
  runs: z.int().describe('how many there were'),
  seconds: z.number().nullable().describe('from their start: waiting is not counted'),
  bytes: z.number().nullable().describe('of everything they wrote'),
})
export type UsualRun = z.infer<typeof usualRunSchema>

export const createJobSchema = z.object({
  workflow: z.string().max(200).describe('id of a workflow'),
  inputs: z.record(z.string(), z.unknown()).default({}),
  front: z.boolean().optional().describe('run before everything queued'),
})
export type CreateJob = z.infer<typeof createJobSchema>
