/** @file Pod telemetry and the state of the parts, `GET /api/admin/system`. Bytes and per cent. */
import * as z from 'zod'

export const engineStateSchema = z.object({
  state: z.enum(['starting', 'ready', 'busy', 'down']),
  since: z.number().describe('Unix seconds'),
  device: z.string().nullable().describe('what the engine computes on, e.g. `cpu`'),
  detail: z.string().nullable().describe('why it is down, in words'),
  restarts: z.int(),
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
  }),
  process: z.object({ web_rss: z.number(), engine_rss: z.number().nullable(), runner_rss: z.number().nullable() }),
})
export type System = z.infer<typeof systemSchema>

export const healthSchema = z.object({ status: z.literal('ok'), version: z.string(), build_id: z.string() })
