/** @file Model files: what is there, what workflows miss, and how one gets in: `/api/admin/models`. Bytes, Unix seconds. */
import * as z from 'zod'

/** One folder name of the model directory: `checkpoints`, `upscale_models`. */
export const modelFolderSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .describe('a folder of the model directory')
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)
const workflowRefSchema = z.object({ id: z.string(), name: z.string() })

export const modelFileSchema = z.object({
  folder: z.string(),
  file: z.string().describe('path inside the folder'),
  size: z.int(),
  modified: z.number(),
  shipped: z.boolean().describe('comes with the studio and cannot be deleted'),
  sha256: sha256Schema.nullable().describe('known when the studio received the file itself'),
  refused: z.string().nullable().describe('why the engine will not read it'),
  used_by: z.array(workflowRefSchema),
  last_used: z.number().nullable(),
})
export type ModelFile = z.infer<typeof modelFileSchema>

export const missingModelSchema = z.object({
  folder: z.string(),
  file: z.string(),
  how_to_get: z.string().nullable(),
  url: z.string().nullable(),
  sha256: sha256Schema.nullable(),
  size: z.int().nullable().describe('bytes, as the workflow has it'),
  license: z.string().nullable(),
  used_by: z.array(workflowRefSchema),
})
export type MissingModel = z.infer<typeof missingModelSchema>

export const modelDownloadSchema = z.object({
  id: z.string(),
  folder: z.string(),
  file: z.string(),
  host: z.string(),
  state: z
    .enum(['running', 'paused', 'done', 'failed', 'cancelled'])
    .describe('paused: by a person, or with `error` after a broken connection; its bytes are kept'),
  received: z.int(),
  total: z.int().nullable(),
  attempts: z.int().describe('how often the connection was opened'),
  error: z.string().nullable(),
  started_at: z.number(),
  compared: z.boolean().describe('a SHA-256 was given, so that a finished file is the expected one'),
})
export type ModelDownload = z.infer<typeof modelDownloadSchema>

export const modelListSchema = z.object({
  models: z.array(modelFileSchema),
  missing: z.array(missingModelSchema),
  downloads: z.array(modelDownloadSchema).describe('those under way, and the last that ended'),
  hosts: z.array(z.string()).describe('where downloads may come from'),
  complete: z.boolean().describe('false when there are more files than are listed'),
})
export type ModelList = z.infer<typeof modelListSchema>

const fileNameSchema = z.string().min(1).max(200)

export const downloadModelSchema = z.object({
  url: z.string().max(2000),
  folder: modelFolderSchema,
  filename: fileNameSchema,
  sha256: sha256Schema.optional(),
})
export type DownloadModel = z.infer<typeof downloadModelSchema>

export const modelRefSchema = z.object({ folder: modelFolderSchema, file: z.string().min(1).max(500) })
export const modelRemovedSchema = z.object({ freed: z.int() })

export const modelUploadQuerySchema = z.object({
  folder: modelFolderSchema,
  filename: fileNameSchema,
  size: z.coerce.number().int().min(1).describe('bytes of the whole file'),
  offset: z.coerce.number().int().min(0).default(0).describe('where this piece begins: what was received so far'),
})
export const modelUploadSchema = z.object({
  received: z.int().describe('bytes that are safe; send what follows'),
  done: z.boolean().describe('the file is complete, judged and visible'),
  sha256: sha256Schema.nullable(),
})
export type ModelUpload = z.infer<typeof modelUploadSchema>
