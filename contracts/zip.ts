/** @file Zip plans: what to pack is agreed first, then the archive has an address and an exact length. */
import * as z from 'zod'
import { inputSelectionSchema } from './assets.ts'
import { outputKindSchema } from './jobs.ts'
import { selectionSchema } from './outputs.ts'

/** Some of the outputs. Without `paths`, `jobs` and `selection` it is everything. */
const outputsZipPlanSchema = z.object({
  type: z.literal('outputs'),
  paths: z.array(z.string()).max(20_000).optional().describe('files or job folders, relative to the output root'),
  jobs: z.array(z.string()).max(20_000).optional().describe('job folders'),
  selection: selectionSchema.optional().describe('media files by name or by query, instead of `paths` and `jobs`'),
  kinds: z.array(outputKindSchema).optional().describe('only files of these kinds, without the job records'),
})

/** Some of the inputs, by name or by query. */
const inputsZipPlanSchema = z.object({ type: z.literal('inputs'), selection: inputSelectionSchema })

export const createZipPlanSchema = z.discriminatedUnion('type', [outputsZipPlanSchema, inputsZipPlanSchema])
export type CreateOutputsZipPlan = z.infer<typeof outputsZipPlanSchema>

export const zipPlanSchema = z.object({
  id: z.string(),
  url: z.string().describe('where the archive is downloaded, for 24 hours'),
  size: z.int().describe('bytes of the archive'),
  files: z.int(),
  missing: z.array(z.string()).describe('what was asked for and is not there'),
})
export type ZipPlanAnswer = z.infer<typeof zipPlanSchema>
