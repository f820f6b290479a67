/** @file The admin asset endpoints: exactly the shapes of the admin assets contract. */
import * as z from 'zod'
import { type MediaKind, mediaKinds } from './media.ts'

export const assetTypeSchema = z.enum(['inputs', 'outputs'])
export type AssetType = z.infer<typeof assetTypeSchema>

/** A file inside a job, as the contract names it: `subfolder` is relative to the output root. */
export const fileRefSchema = z.object({ filename: z.string(), subfolder: z.string() })
export type FileRef = z.infer<typeof fileRefSchema>

export const assetFileSchema = z.object({
  filename: z.string(),
  path: z.string().describe('subfolder/filename, relative to the root'),
  subfolder: z.string(),
  size: z.int().describe('bytes'),
  modified: z.number().describe('Unix seconds with a fraction'),
  type: z.enum(mediaKinds),
})
export type AssetFile = z.infer<typeof assetFileSchema>

const studioFolderBase = {
  folder: z.string(),
  folder_path: z.string(),
  total_size: z.int().describe('bytes of the visible media, each once'),
  modified: z.number().describe('newest modification among the visible media, Unix seconds'),
  incomplete: z.boolean().describe('the job is still running'),
  video_count: z.int(),
  image_count: z.int(),
  preview_count: z.int(),
  intermediate_count: z.int(),
  thumbnail: fileRefSchema.nullable(),
  previews: z.array(fileRefSchema).optional().describe('present when there are any'),
  intermediates: z.array(fileRefSchema).optional().describe('present when there are any'),
}

export const studioFolderSchema = z.discriminatedUnion('type', [
  z.object({ ...studioFolderBase, type: z.literal('studio_job'), video: fileRefSchema }),
  z.object({ ...studioFolderBase, type: z.literal('studio_gallery'), images: z.array(fileRefSchema) }),
])
export type StudioFolder = z.infer<typeof studioFolderSchema>

export const assetListingSchema = z.object({
  files: z.array(assetFileSchema),
  studio_jobs: z.array(studioFolderSchema),
  total_size: z.int(),
  next_cursor: z.string().optional().describe('only when `limit` was given and there is a next page'),
  total: z.int().optional().describe('rows that match, on this page or not; only with a query parameter'),
})
export type AssetListing = z.infer<typeof assetListingSchema>

/** Additive query of the listing; without any of these the answer has exactly the documented keys. */
export const assetListingQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  cursor: z.string().max(400).optional(),
  q: z.string().max(200).optional().describe('part of a file or folder name, any case'),
  kind: z.enum(mediaKinds).optional(),
  since: z.coerce.number().optional().describe('modified at or after, Unix seconds'),
})
export type AssetListingQuery = z.infer<typeof assetListingQuerySchema>

const inputPathsSchema = z.array(z.string().max(4096)).max(20_000)

/** Which inputs are meant, as the listing finds them. */
export const inputFilterSchema = assetListingQuerySchema.pick({ q: true, kind: true })

/** Inputs by name, or everything a query finds without some. Resolved when it is used: what came meanwhile is in. */
export const inputSelectionSchema = z.union([
  z.strictObject({ query: inputFilterSchema, minus: inputPathsSchema.default([]).describe('files that are left out') }),
  z.strictObject({ files: inputPathsSchema.describe('relative to the input root') }),
])
export type InputSelection = z.infer<typeof inputSelectionSchema>
/** What a client sends. */
export type InputSelectionInput = { query: { q?: string; kind?: MediaKind }; minus?: string[] } | { files: string[] }

export const inputUsesSchema = z.object({
  uses: z.record(z.string(), z.int()).describe('path of an input → in how many jobs it was used; none: not named'),
  complete: z.boolean().describe('false while graphs of other clients are still being read'),
})
export type InputUses = z.infer<typeof inputUsesSchema>

export const uploadResultSchema = z.object({ uploaded: z.array(z.string()), errors: z.array(z.string()) })
export type UploadResult = z.infer<typeof uploadResultSchema>

/** Outputs to be copied to the inputs, relative to the output root. */
export const copyToInputsSchema = z.object({ files: z.array(z.string().max(4096)).min(1).max(1000) })
export type CopyToInputs = z.infer<typeof copyToInputsSchema>

export const deleteAssetsSchema = z.object({
  type: assetTypeSchema,
  files: z.array(z.string()),
  trash: z.boolean().optional().describe('move to the trash instead of deleting for good'),
})
export type DeleteAssets = z.infer<typeof deleteAssetsSchema>

export const deleteResultSchema = z.object({ deleted: z.array(z.string()), errors: z.array(z.string()) })
export type DeleteResult = z.infer<typeof deleteResultSchema>

/** What the trash holds; `id` restores or purges it. */
export const trashEntrySchema = z.object({
  id: z.string(),
  type: assetTypeSchema,
  path: z.string().describe('where it was, relative to its root'),
  is_directory: z.boolean(),
  size: z.int(),
  trashed_at: z.number().describe('Unix seconds'),
  files_gone: z
    .boolean()
    .optional()
    .describe("the job's files were deleted for good by the studio; its settings are still here"),
})
export type TrashEntry = z.infer<typeof trashEntrySchema>
export const trashListingSchema = z.object({
  entries: z.array(trashEntrySchema),
  total_size: z.int(),
  keeps: z
    .object({ days: z.int(), settings_days: z.int().describe("a job's settings, after its files") })
    .describe('after so many days the studio deletes by itself'),
})
export type TrashListing = z.infer<typeof trashListingSchema>

/** A picture or video in the trash. */
export const trashFileSchema = z.object({
  path: z.string().describe('`<id>/<name>[/<path>]`: what follows `/files/trash/` and `/thumbnails/trash/`'),
  size: z.int().describe('bytes'),
  modified: z.number().describe('Unix seconds with a fraction'),
  media: z.enum(mediaKinds),
  kind: z.enum(['final', 'preview', 'intermediate']).nullable().describe('of a file inside a job'),
})
export type TrashFile = z.infer<typeof trashFileSchema>
export const trashFilesSchema = z.object({ files: z.array(trashFileSchema) })

export const trashIdsSchema = z.object({ ids: z.array(z.string().max(200)).max(10_000) })
export const trashResultSchema = z.object({ done: z.array(z.string()), errors: z.array(z.string()) })
export type TrashResult = z.infer<typeof trashResultSchema>
