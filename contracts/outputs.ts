/**
 * @file The outputs as one list of files grouped per job, filtered by the server; and what is done with a selection of
 * them. A selection of "all that match" is the query itself, so it costs the same for ten files and ten thousand.
 */
import * as z from 'zod'
import { jobStatusSchema, markSchema, outputKindSchema } from './jobs.ts'
import { mediaKinds } from './media.ts'

/** Which outputs are meant. Every filter narrows; lists are comma lists of which one must hold. */
export const outputFilterSchema = z.object({
  q: z
    .string()
    .max(200)
    .optional()
    .describe('words that all occur in file name, job id, workflow, texts, model names or seeds; any case'),
  kind: z.string().max(60).optional().describe('comma list of final, preview, intermediate'),
  media: z.string().max(20).optional().describe('comma list of image, video'),
  status: z.string().max(200).optional().describe('comma list of job states'),
  mark: z.string().max(40).optional().describe('comma list of star, reject, none'),
  from: z.coerce.number().optional().describe('job ended (or, while it runs, started) at or after, Unix seconds'),
  to: z.coerce.number().optional().describe('and before, Unix seconds'),
})
export type OutputFilter = z.infer<typeof outputFilterSchema>

export const outputListQuerySchema = outputFilterSchema.extend({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(5000)
    .default(500)
    .describe('files; a job is never split, so a page may have more'),
  cursor: z.string().max(400).optional(),
})

export const outputFileSchema = z.object({
  filename: z.string(),
  subfolder: z.string().describe('relative to the output root'),
  kind: outputKindSchema,
  media: z.enum(mediaKinds),
  size: z.int().describe('bytes'),
  modified: z.number().describe('Unix seconds; names the version of thumbnails'),
  width: z.int().nullable().describe('pixels; null while nobody has looked into the file'),
  height: z.int().nullable(),
  duration: z.number().nullable().describe('seconds, videos'),
  sound: z.boolean().optional().describe('whether a video has a sound track; absent while nobody has looked into it'),
  mark: markSchema.optional(),
  thumbhash: z.string().optional().describe('base64; a placeholder of about 25 bytes, there once a thumbnail was made'),
})
export type OutputFile = z.infer<typeof outputFileSchema>

/** A job, a folder nobody has a record of, or (`folder` empty) the files beside all folders. */
export const outputGroupSchema = z.object({
  folder: z.string().describe('job id or folder name below the output root'),
  title: z.string().nullable().describe("the workflow's name"),
  workflow: z.string().nullable().describe("the workflow's id"),
  status: jobStatusSchema.nullable().describe('null: no job made it, as far as anybody knows'),
  record: z
    .boolean()
    .describe('the job is known: it can be looked at and run again. Not so where only its marker was left'),
  kept: z.literal(true).optional().describe('interrupted, and a person keeps what it wrote'),
  at: z.number().describe('ended; while it runs, started; of a folder without record, its newest file. Unix seconds'),
  seconds: z.number().nullable().describe('how long it ran'),
  error: z.object({ message: z.string(), node: z.string().nullable() }).nullable(),
  files: z.array(outputFileSchema).describe('that match: finals, previews, intermediates, each by name'),
})
export type OutputGroup = z.infer<typeof outputGroupSchema>

const sumSchema = z.object({ files: z.int(), bytes: z.int() })

export const outputSummarySchema = z.object({
  files: z.int(),
  bytes: z.int(),
  jobs: z.int().describe('groups, those without a matching file too'),
  kinds: z.record(outputKindSchema, sumSchema),
  media: z.record(z.enum(mediaKinds), sumSchema),
})
export type OutputSummary = z.infer<typeof outputSummarySchema>

export const outputListSchema = z.object({
  groups: z.array(outputGroupSchema).describe('running first, then by time, newest first'),
  summary: outputSummarySchema.describe('of everything that matches, not of the page'),
  next_cursor: z.string().nullable(),
})
export type OutputList = z.infer<typeof outputListSchema>

const pathsSchema = z.array(z.string().max(4096)).max(20_000)

/** Files by name, or everything a query finds without some. Resolved when it is used: what came meanwhile is in. */
export const selectionSchema = z.union([
  z.strictObject({ query: outputFilterSchema, minus: pathsSchema.default([]).describe('files that are left out') }),
  z.strictObject({ files: pathsSchema.describe('relative to the output root') }),
])
export type Selection = z.infer<typeof selectionSchema>
/** What a client sends. */
export type SelectionInput = { query: OutputFilter; minus?: string[] } | { files: string[] }

export const selectionBodySchema = z.object({ selection: selectionSchema })

export const setMarksSchema = z.object({
  selection: selectionSchema,
  mark: markSchema.nullable().describe('null takes the mark away'),
})
export type SetMarks = { selection: SelectionInput; mark: z.infer<typeof markSchema> | null }

export const setMarksResultSchema = z.object({
  marked: z.int().describe('files that have the mark now, or have none when it was taken away'),
  errors: z.array(z.string()).describe('`<path>: <reason>`'),
})
export type SetMarksResult = z.infer<typeof setMarksResultSchema>

export const trashSelectionResultSchema = z.object({
  files: z.int().describe('that went'),
  bytes: z.int(),
  ids: z.array(z.string()).describe('trash entries; restoring them is the undo'),
  errors: z.array(z.string()).describe('`<path>: <reason>`'),
})
export type TrashSelectionResult = z.infer<typeof trashSelectionResultSchema>
