/** @file What fills the disk, what could go, and letting it go: `/api/admin/storage`. Bytes everywhere. */
import * as z from 'zod'
import { jobStatusSchema } from './jobs.ts'
import { systemSchema } from './system.ts'
import { cleanUps } from './vocabulary.ts'

const amountSchema = z.object({ bytes: z.number(), files: z.int() })
export type StorageAmount = z.infer<typeof amountSchema>

export const storageKindsSchema = z.object({
  finals: amountSchema,
  previews: amountSchema,
  intermediates: amountSchema,
  inputs: amountSchema,
  models: amountSchema,
  trash: amountSchema,
  cache: amountSchema,
  other: amountSchema.describe('records, databases, logs, temporary files, extensions'),
})
export type StorageKinds = z.infer<typeof storageKindsSchema>

export const storedJobSchema = z.object({
  job: z.string().describe('folder of the output root'),
  name: z.string().nullable().describe('of the workflow'),
  status: jobStatusSchema.nullable().describe('null: a folder without a record'),
  modified: z.number().describe('Unix seconds'),
  bytes: z.number(),
  finals: z.number(),
  previews: z.number(),
  intermediates: z.number(),
})
export type StoredJob = z.infer<typeof storedJobSchema>

export const cleanUpSchema = z.enum(cleanUps)
export type { CleanUp } from './vocabulary.ts'

export const suggestionSchema = z.object({
  id: cleanUpSchema,
  bytes: z.number(),
  files: z.int(),
  jobs: z.int().describe('how many jobs they belong to'),
  finals: amountSchema.describe('finals among these files; they stay unless asked for, and are not counted above'),
  for_good: z.boolean().describe('cannot go to the trash: it is deleted at once'),
})
export type Suggestion = z.infer<typeof suggestionSchema>

export const storageQuerySchema = z.object({
  days: z.coerce.number().int().min(0).max(3650).default(3).describe('how old intermediates and unused inputs must be'),
})

export const storageSchema = z.object({
  disk: systemSchema.shape.disk,
  by_kind: storageKindsSchema,
  by_job: z.array(storedJobSchema).describe('the largest hundred, largest first'),
  by_age: z
    .array(
      z
        .object({ days: z.number().nullable().describe('younger than so many days; null: all older') })
        .extend(amountSchema.shape),
    )
    .describe('outputs and inputs, youngest first'),
  suggestions: z.array(suggestionSchema).describe('only those that free something; each file counts in one of them'),
  days: z.int(),
  complete: z.boolean().describe('false while the disk is still being read for the first time, or files are compared'),
})
export type Storage = z.infer<typeof storageSchema>

export const freeStorageSchema = z.object({
  suggestions: z.array(cleanUpSchema).min(1).max(cleanUps.length),
  days: storageQuerySchema.shape.days,
  for_good: z.boolean().default(false).describe('delete at once, past the trash'),
  finals: z.boolean().default(false).describe('also the finals among these files'),
})
export type FreeStorage = z.input<typeof freeStorageSchema>

export const freedStorageSchema = z.object({
  freed: z.number().describe('bytes deleted for good'),
  moved: z.number().describe('bytes now in the trash: they free space when it is emptied'),
  files: z.int(),
  trashed: z.array(z.string()).describe('ids of the trash, to take it back'),
  errors: z.array(z.string()),
  remaining: z.array(cleanUpSchema).describe('time ran out before these were done: ask again, with these'),
})
export type FreedStorage = z.infer<typeof freedStorageSchema>

/** What the studio itself remembers of how it is to be; per browser choices stay in the browser. */
export const studioSettingsSchema = z.object({
  trash_days: z.int().min(1).max(365).describe('after so many days what is in the trash is deleted for good'),
})
export type StudioSettings = z.infer<typeof studioSettingsSchema>
export const changeSettingsSchema = studioSettingsSchema.partial()
