/** @file Pod telemetry and the state of the parts, `GET /api/admin/system`. Bytes and per cent. */
import * as z from 'zod'

export const engineStateSchema = z.object({
  state: z.enum(['starting', 'ready', 'busy', 'down', 'incompatible']),
  since: z.number().describe('Unix seconds'),
  device: z.string().nullable().describe('what the engine computes on, e.g. `cpu`'),
  detail: z.string().nullable().describe('why it is down or incompatible, in words'),
  restarts: z.int(),
  external: z.boolean().describe('somebody else runs it (`ENGINE_URL`): it can only be restarted where it runs'),
})
export type EngineState = z.infer<typeof engineStateSchema>

export const systemSchema = z.object({
  version: z.string(),
  build_id: z.string(),
  started_at: z.number(),
  engine: engineStateSchema,
  queue: z.object({ running: z.int(), pending: z.int(), paused: z.boolean().describe('nothing is taken from it') }),
  gpus: z.array(
    z.object({
      index: z.int(),
      name: z.string(),
      memory_total: z.number().nullable(),
      memory_used: z.number().nullable(),
      utilization: z.number().nullable(),
      temperature: z.number().nullable(),
      power: z.number().nullable(),
    }),
  ),
  cpu: z.object({ cores: z.number(), utilization: z.number().nullable() }),
  memory: z.object({ total: z.number(), used: z.number() }),
  disk: z.object({
    quota: z.number().nullable().describe('configured quota, or null when the file system is believed'),
    used_by: z.object({
      inputs: z.number(),
      outputs: z.number(),
      trash: z.number(),
      models: z.number(),
      cache: z.number(),
    }),
    free: z.number().nullable(),
    total: z.number().nullable(),
    level: z.enum(['ok', 'warn', 'full']),
    seconds_left: z
      .number()
      .nullable()
      .describe("until it is full at the last day's rate; null when nothing was written"),
  }),
  pod: z.object({
    id: z.string().nullable(),
    data_centre: z.string().nullable(),
    price_per_hour: z.number().nullable().describe('as configured, US dollars'),
    platform: z.string(),
    node: z.string(),
    uptime: z.number().describe('seconds since the machine or container started'),
  }),
  process: z.object({ web_rss: z.number(), engine_rss: z.number().nullable(), runner_rss: z.number().nullable() }),
})
export type System = z.infer<typeof systemSchema>

export const healthSchema = z.object({ status: z.literal('ok'), version: z.string(), build_id: z.string() })

const figure = z.number().nullable()

/** One look at the pod; `gpus` in the order of `GET /api/admin/system`. Bytes and per cent. */
export const systemSampleSchema = z.object({
  at: z.number().describe('Unix seconds'),
  cpu: figure,
  memory: figure,
  disk: figure.describe('used share of the disk, per cent'),
  gpus: z.array(z.object({ utilization: figure, memory: figure })),
})
export type SystemSample = z.infer<typeof systemSampleSchema>

export const systemHistoryQuerySchema = z.object({
  since: z.coerce.number().min(0).optional().describe('only samples after this moment, Unix seconds'),
})
export const systemHistorySchema = z.object({
  interval: z.number().describe('seconds between two samples'),
  samples: z.array(systemSampleSchema).describe('oldest first; an hour at most'),
})
export type SystemHistory = z.infer<typeof systemHistorySchema>

export const logLevels = ['info', 'warn', 'error'] as const

/** One line the engine printed. The text is whatever prompts, files and libraries made of it: never markup. */
export const engineLogLineSchema = z.object({
  id: z.int().describe('rising'),
  at: z.number().describe('Unix seconds'),
  level: z.enum(logLevels),
  text: z.string(),
})
export type EngineLogLine = z.infer<typeof engineLogLineSchema>

export const engineLogQuerySchema = z.object({
  after: z.coerce.number().int().min(0).optional().describe('only lines with a greater id'),
  limit: z.coerce.number().int().min(1).max(2000).default(500).describe('the newest so many'),
})
export const engineLogSchema = z.object({ lines: z.array(engineLogLineSchema) })
export type EngineLog = z.infer<typeof engineLogSchema>

/** What a restart does to the jobs; they are counted when it was asked for. */
export const engineRestartSchema = z.object({
  running: z.int().describe('stopped, kept as interrupted with the files they wrote'),
  waiting: z.int().describe('safe; they start by themselves'),
})
export type EngineRestart = z.infer<typeof engineRestartSchema>

export const freeMemorySchema = z.object({
  unload_models: z.boolean().default(true).describe('also drop loaded models'),
})
export const freedMemorySchema = z.object({ status: z.literal('ok') })
