/**
 * @file Uploads in parts, `/api/admin/uploads`: tus 1.0.0 (https://tus.io/protocols/resumable-upload), and a list of what is
 * unfinished. Headers are parsed by the schemas here; the stored name comes in a header of our own.
 */
import * as z from 'zod'

export const tusVersion = '1.0.0'
/** On the answer that ends an upload, and on every `HEAD` after it: the name in the input directory. */
export const storedAsHeader = 'studio-stored-as'

export const uploadIdPattern = /^[0-9a-f]{32}$/

/** A length or an offset in bytes, as a header writes it. */
export const byteCountSchema = z
  .string()
  .regex(/^\d{1,15}$/, 'is no number of bytes')
  .transform(Number)

/** What a client may tell of the file; other keys are ignored. */
export const uploadMetadataSchema = z.object({
  filename: z.string().max(1000).default('unnamed'),
  modified: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .optional()
    .describe('`File.lastModified`: with name and size it tells whether a file is the same one'),
})
export type UploadMetadata = z.infer<typeof uploadMetadataSchema>

export const unfinishedUploadSchema = z.object({
  id: z.string(),
  name: z.string().describe('as the client named it'),
  size: z.int().describe('bytes of the whole file'),
  offset: z.int().describe('bytes that are here'),
  modified: z.number().nullable().describe('as the client said, milliseconds since 1970'),
  active: z.boolean().describe('bytes are coming in right now'),
  expires_at: z.number().describe('Unix seconds'),
})
export type UnfinishedUpload = z.infer<typeof unfinishedUploadSchema>

export const unfinishedUploadsSchema = z.object({ uploads: z.array(unfinishedUploadSchema) })
export type UnfinishedUploads = z.infer<typeof unfinishedUploadsSchema>

/** What is remembered of an upload on the disk. */
export const uploadRecordSchema = z.object({
  id: z.string().regex(uploadIdPattern),
  name: z.string(),
  size: z.int().min(1),
  modified: z.number().nullable(),
  created_at: z.number().describe('Unix seconds'),
  stored_as: z.string().nullable().describe('the name it gets, from right before it gets it'),
})
export type UploadRecord = z.infer<typeof uploadRecordSchema>
