/**
 * @file A workflow file: a Comfy API-format graph plus a manifest that says what a person may set and what comes out.
 * Drop one into `workflows/` and it appears in the UI.
 */
import * as z from 'zod'
import { outputKindSchema } from './jobs.ts'

/** Where a value goes: one or several inputs of nodes of the graph. */
const targetsSchema = z.array(z.object({ node: z.string(), input: z.string() })).min(1)

const inputBase = {
  id: z.string().regex(/^[a-z][a-z0-9_]*$/),
  label: z.string(),
  help: z.string().optional(),
  required: z.boolean().optional(),
  advanced: z.boolean().optional().describe('shown under "More"'),
  targets: targetsSchema,
}

export const workflowInputSchema = z.discriminatedUnion('type', [
  z
    .object({ ...inputBase, type: z.literal('image'), default: z.string().optional() })
    .describe('a file of the input directory'),
  z.object({ ...inputBase, type: z.literal('video'), default: z.string().optional() }),
  z.object({
    ...inputBase,
    type: z.literal('text'),
    multiline: z.boolean().optional(),
    default: z.string().optional(),
    placeholder: z.string().optional(),
    max_length: z.int().optional(),
  }),
  z.object({
    ...inputBase,
    type: z.literal('int'),
    default: z.int(),
    min: z.int(),
    max: z.int(),
    step: z.int().optional(),
    unit: z.string().optional(),
  }),
  z.object({
    ...inputBase,
    type: z.literal('float'),
    default: z.number(),
    min: z.number(),
    max: z.number(),
    step: z.number().optional(),
    unit: z.string().optional(),
  }),
  z.object({ ...inputBase, type: z.literal('boolean'), default: z.boolean() }),
  z
    .object({ ...inputBase, type: z.literal('seed'), default: z.int().optional() })
    .describe('absent or -1: a new random seed per run, recorded'),
  z.object({
    ...inputBase,
    type: z.literal('select'),
    default: z.union([z.string(), z.number()]),
    options: z.array(z.object({ value: z.union([z.string(), z.number()]), label: z.string() })).min(1),
  }),
  z
    .object({ ...inputBase, type: z.literal('model'), folder: z.string(), default: z.string().optional() })
    .describe('a file of models/<folder>'),
])
export type WorkflowInput = z.infer<typeof workflowInputSchema>

export const ownWorkflowId = /^[a-z0-9][a-z0-9_-]{0,79}$/

export const workflowFileSchema = z.object({
  name: z.string(),
  description: z.string(),
  category: z.string().default('other'),
  inputs: z.array(workflowInputSchema),
  outputs: z.array(z.object({ node: z.string(), kind: outputKindSchema, label: z.string().optional() })),
  models: z
    .array(
      z.object({
        folder: z.string(),
        file: z.string(),
        how_to_get: z.string().optional(),
        url: z
          .url({ protocol: /^https$/ })
          .optional()
          .describe('where the studio may download it'),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional()
          .describe('of the file; a download that differs is thrown away'),
        size: z.int().positive().optional().describe('bytes'),
        license: z.string().optional().describe('its name, as its maker has it'),
      }),
    )
    .default([]),
  prompt: z.record(
    z.string(),
    z.object({
      class_type: z.string(),
      inputs: z.record(z.string(), z.unknown()),
      _meta: z.object({ title: z.string() }).partial().optional(),
    }),
  ),
})
export type WorkflowFile = z.infer<typeof workflowFileSchema>

/** A workflow as the admin API answers it; `missing` is what keeps it from running now. */
export const workflowSummarySchema = z.object({
  id: z.string().describe('file name without .json'),
  name: z.string(),
  description: z.string(),
  category: z.string(),
  inputs: z.array(workflowInputSchema),
  outputs: workflowFileSchema.shape.outputs,
  models: workflowFileSchema.shape.models,
  missing: z.object({ models: z.array(z.string()), nodes: z.array(z.string()) }),
  ready: z.boolean().describe('nothing is missing'),
  shipped: z.boolean(),
})
export type WorkflowSummary = z.infer<typeof workflowSummarySchema>
export const workflowListSchema = z.object({
  workflows: z.array(workflowSummarySchema),
  broken: z.array(z.object({ file: z.string(), reason: z.string() })),
})
export type WorkflowList = z.infer<typeof workflowListSchema>
export const workflowDetailSchema = workflowSummarySchema.extend({ prompt: workflowFileSchema.shape.prompt })

/** `POST /api/admin/workflows/inspect`: what a dropped file is, as a workflow file that can be run or saved. */
export const inspectedWorkflowSchema = z.object({
  source: z
    .enum(['workflow', 'api', 'editor', 'png', 'webp', 'video'])
    .describe('a workflow file, a graph in API format, a document of the editor, or what a picture or video carries'),
  workflow: workflowFileSchema,
  missing: workflowSummarySchema.shape.missing,
  ready: z.boolean().describe('nothing is missing'),
  notes: z.array(z.string()).describe('what was left out or changed, in words'),
})
export type InspectedWorkflow = z.infer<typeof inspectedWorkflowSchema>

export const inspectQuerySchema = z.object({
  name: z.string().max(500).default('').describe('what the file is called'),
})

/** `POST /api/admin/workflows`: keeps a workflow. Nothing that is there is replaced unless asked. */
export const saveWorkflowSchema = z.object({
  name: z.string().trim().min(1).max(100),
  workflow: workflowFileSchema,
  replace: z.boolean().default(false).describe('replace the own workflow of that name'),
})
export type SaveWorkflow = z.input<typeof saveWorkflowSchema>
export const renameWorkflowSchema = z.object({ name: z.string().trim().min(1).max(100) })

/** `POST /api/admin/workflows/run`: runs a workflow without keeping it. */
export const runWorkflowSchema = z.object({
  workflow: workflowFileSchema,
  inputs: z.record(z.string(), z.unknown()).default({}),
  front: z.boolean().optional().describe('run before everything queued'),
})
export type RunWorkflow = z.infer<typeof runWorkflowSchema>
