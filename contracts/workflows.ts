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

export const workflowFileSchema = z.object({
  name: z.string(),
  description: z.string(),
  category: z.string().default('other'),
  inputs: z.array(workflowInputSchema),
  outputs: z.array(z.object({ node: z.string(), kind: outputKindSchema, label: z.string().optional() })),
  models: z.array(z.object({ folder: z.string(), file: z.string(), how_to_get: z.string().optional() })).default([]),
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
