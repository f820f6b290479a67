/** @file `POST /assets/delete`. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { type AssetType, assetTypeSchema, deleteAssetsSchema, deleteResultSchema } from '#contracts/assets'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { countOf, type EventSink } from './asset-events.ts'
import { deleteAssets } from './delete-assets.ts'
import type { Trash } from './trash.ts'
import type { TreeIndex } from './tree-index.ts'

export interface DeleteRouteDeps {
  indexes: Record<AssetType, TreeIndex>
  trash: Trash
  trashDirectory: string
  events: EventSink
  /** See {@link deleteAssets}. */
  isLive?: (folder: string) => boolean
}

const maxEntries = 10_000
/** Ten thousand paths of the greatest length that makes sense. */
const maxBodyBytes = 16 * 1024 * 1024

export function deleteRoute({ indexes, trash, trashDirectory, events, isLive }: DeleteRouteDeps): FastifyPluginAsync {
  return async (scope) => {
    // Only JSON is a body here: with the text parser gone, anything else is refused before it is read.
    scope.removeContentTypeParser('text/plain')

    scope.withTypeProvider<ZodTypeProvider>().post(
      '/assets/delete',
      {
        config: signedIn,
        bodyLimit: maxBodyBytes,
        attachValidation: true,
        schema: {
          tags: ['assets'],
          summary: 'Delete files or job folders',
          description: 'Final unless `trash` is true. Per entry: deleted, or `<path>: <reason>`.',
          body: deleteAssetsSchema,
          response: { 200: deleteResultSchema },
        },
      },
      async (request) => {
        const { type, files, trash: toTrash } = requireDeleteBody(request.body)
        const index = indexes[type]
        const result = await deleteAssets(files, {
          type,
          root: index.root,
          trashDirectory,
          isLive,
          ...(toTrash && { trash }),
        })
        await index.refresh(new Set(result.deleted.map((path) => path.split('/')[0]!)))
        if (result.deleted.length > 0) {
          const message = `${countOf(result.deleted.length, type.slice(0, -1))} ${toTrash ? 'moved to the trash' : 'deleted'}`
          events.append('assets.deleted', 'info', message, { files: result.deleted, type })
        }
        return result
      },
    )
  }
}

/** The contract tells an unknown type (400), a wrong shape (422) and too many entries (413) apart. */
function requireDeleteBody(body: unknown) {
  if (body === undefined) throw new StudioError('invalid_request', 'The body is not JSON')
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new StudioError('invalid_body', 'The body is not an object')
  }
  if (!assetTypeSchema.safeParse((body as { type?: unknown }).type).success) {
    throw new StudioError('invalid_request', 'Invalid type')
  }
  const { files } = body as { files?: unknown }
  if (Array.isArray(files) && files.length > maxEntries) {
    throw new StudioError('payload_too_large', `More than ${maxEntries} entries`)
  }
  const parsed = deleteAssetsSchema.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new StudioError('invalid_body', `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'not acceptable'}`)
  }
  return parsed.data
}
