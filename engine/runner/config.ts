/**
 * @file What the engine tells a runner at its start: one JSON value in the first argument, or in `RUNNER_CONFIG`.
 * The same program also serves as the throw-away child that probes a device.
 */

import * as z from 'zod'
import { readMemory } from '#platform/memory'
import type { CacheMode } from '../graph/cache.ts'
import { previewMethods } from '../preview-method.ts'

const runSchema = z.object({
  mode: z.literal('run'),
  directories: z.object({
    input: z.string(),
    output: z.string(),
    temp: z.string(),
    customNodes: z.string(),
    modelRoots: z.array(z.string()),
    extraModels: z.array(z.object({ folder: z.string(), directory: z.string(), isDefault: z.boolean() })).optional(),
  }),
  device: z
    .string()
    .regex(/^(cpu|cuda:\d+)$/)
    .describe('what models run on'),
  cacheMode: z.custom<CacheMode>(
    (value) => typeof value === 'string' && /^(fit|classic|none|lru:[1-9]\d*)$/.test(value),
  ),
  cacheMaxBytes: z.number().positive(),
  modelMaxBytes: z.number().positive().describe('on the CPU; a GPU bounds them itself'),
  reserveBytes: z.number().nonnegative().optional().describe('of the device, left to others'),
  keepOneModel: z.boolean().optional().describe('whether idle models are closed before another opens'),
  metadata: z.boolean().describe('whether save nodes write the graph into their files'),
  previewMethod: z.enum(previewMethods).optional().describe('of prompts that say nothing of previews'),
  previewSize: z.number().int().positive().optional().describe('longest side of a preview, pixels'),
  packs: z
    .array(
      z.object({
        name: z.string(),
        directory: z.string().nullable(),
        entry: z.string(),
        nodes: z.array(z.string()).describe('the classes it may register'),
      }),
    )
    .optional()
    .describe('node packs that loaded in the engine'),
})

const probeSchema = z.object({ mode: z.literal('probe'), device: z.enum(['cpu', 'cuda']) })

export const runnerConfigSchema = z.discriminatedUnion('mode', [runSchema, probeSchema])
export type RunnerConfig = z.infer<typeof runSchema>
export type ProbeConfig = z.infer<typeof probeSchema>

/** @throws ZodError, SyntaxError when the configuration is missing or wrong: then the engine is at fault */
export function readRunnerConfig(argv: readonly string[], environment: NodeJS.ProcessEnv): RunnerConfig | ProbeConfig {
  return runnerConfigSchema.parse(JSON.parse(argv[2] ?? environment.RUNNER_CONFIG ?? 'null'))
}

/** Bounds for results and models that leave room for the work itself: a quarter and a half of this machine's memory. */
export async function defaultMemoryBounds(): Promise<{ cacheMaxBytes: number; modelMaxBytes: number }> {
  const { total } = await readMemory()
  return { cacheMaxBytes: Math.floor(total / 4), modelMaxBytes: Math.floor(total / 2) }
}
