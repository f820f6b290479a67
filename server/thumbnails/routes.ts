/**
 * @file `GET /thumbnails/{inputs|outputs}/{path}?w=320`: a small WebP of a picture, or of a frame of a video; `GET /strips/…`: ten
 * frames of a video side by side, to look through it. Both also of what lies in the trash: `trash/{id}/{name}[/{path}]`.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { AssetType } from '#contracts/assets'
import { openBeneath } from '#platform/files/open-beneath'
import type { FileFact } from '../assets/folder-scan.ts'
import type { TreeIndex } from '../assets/tree-index.ts'
import { isNotModified } from '../files/conditional.ts'
import { modifiedOfNanoseconds } from '../files/modified.ts'
import { answerBytes } from '../files/raw-answer.ts'
import { requireStoredFile, type StoredFile, type TrashedFiles } from '../files/stored-file.ts'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { type ThumbnailShape, thumbnailWidths } from './messages.ts'
import { UnreadablePictureError } from './thumbnail-process.ts'
import type { PictureVersion, Thumbnails } from './thumbnails.ts'

export interface ThumbnailRoutesDeps {
  indexes: Record<AssetType, TreeIndex>
  thumbnails: Thumbnails
  /** Without it nothing in the trash is shown. */
  trash?: TrashedFiles
}

const widthSchema = z.coerce
  .number()
  .pipe(z.literal([...thumbnailWidths]))
  .default(320)

/** Registered under `/api/admin`. */
export function thumbnailRoutes({ indexes, thumbnails, trash }: ThumbnailRoutesDeps): FastifyPluginAsync {
  const roots = { inputs: indexes.inputs.root, outputs: indexes.outputs.root }
  const keysOfFact = new WeakMap<FileFact, Map<ThumbnailShape, string>>()
  return async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>()

    app.get(
      '/thumbnails/:asset_type/*',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'A small picture of a file',
          description:
            'WebP, `w` pixels wide: 320, 480 or 1280. With `?v=` (the `modified` of the file or of its folder) the ' +
            'answer may be kept for good. 422 when the file is no readable picture.',
          params: z.object({ asset_type: z.string(), '*': z.string() }),
          querystring: z.object({ w: widthSchema, v: z.string().max(100).optional() }),
          produces: ['image/webp'],
        },
      },
      async (request, reply) => {
        const file = requireStoredFile({ roots, trash }, request.params.asset_type, request.params['*'])
        await answer(request, reply, file, request.query.w, request.query.v)
      },
    )

    app.get(
      '/strips/:asset_type/*',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'Ten frames of a video, side by side',
          description:
            'One WebP of ten frames of at most 240 pixels width each, from the middles of ten equal parts. Made when it ' +
            'is asked for; `?v=` as for thumbnails. 422 when the file is no video of known length.',
          params: z.object({ asset_type: z.string(), '*': z.string() }),
          querystring: z.object({ v: z.string().max(100).optional() }),
          produces: ['image/webp'],
        },
      },
      async (request, reply) => {
        const file = requireStoredFile({ roots, trash }, request.params.asset_type, request.params['*'])
        await answer(request, reply, file, 'strip', request.query.v)
      },
    )
  }

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    file: StoredFile,
    shape: ThumbnailShape,
    version: string | undefined,
  ) {
    const found = await find(file, shape, () => leavingSignal(reply.raw)).catch((error) => {
      if (reply.raw.destroyed) return null
      throw error
    })
    // Nobody is there to be answered.
    if (!found) return reply.hijack()
    const { webp, picture, key } = found
    const lasting = namesVersion(version, picture, file.trashed ? null : indexes[file.asset.type])
    const headers = {
      'content-type': 'image/webp',
      etag: `"${key}"`,
      'cache-control': lasting ? 'private, max-age=31536000, immutable' : 'private, no-cache',
      'x-content-type-options': 'nosniff',
    }
    const unchanged = isNotModified(request.headers, { etag: headers.etag, modified: Number.POSITIVE_INFINITY })
    answerBytes(request, reply, { status: unchanged ? 304 : 200, headers, body: unchanged ? null : webp })
  }

  async function find(file: StoredFile, shape: ThumbnailShape, leaving: () => AbortSignal) {
    // What the index knows is enough to look into memory: a page of thumbnails touches no file.
    const { asset } = file
    const fact = file.trashed ? undefined : indexes[asset.type].find(asset.path)
    if (fact) {
      const picture: PictureVersion = { ...asset, size: fact.size, modified: fact.mtimeMs / 1000 }
      const key = keyOfFact(fact, picture, shape)
      const webp = thumbnails.recent(key)
      if (webp) return { webp, picture, key }
    }
    const picture = await lookAt(file)
    try {
      const webp = await thumbnails.get(picture, shape, leaving())
      return { webp, picture, key: thumbnails.keyOf(picture, shape) }
    } catch (error) {
      if (error instanceof UnreadablePictureError) {
        throw new StudioError('invalid_body', `No thumbnail of ${file.name}: ${error.message}`)
      }
      throw error
    }
  }

  /** A fact is replaced when its file changes, so its keys may be kept with it. */
  function keyOfFact(fact: FileFact, picture: PictureVersion, shape: ThumbnailShape): string {
    const keys = keysOfFact.get(fact) ?? new Map<ThumbnailShape, string>()
    keysOfFact.set(fact, keys)
    const key = keys.get(shape) ?? thumbnails.keyOf(picture, shape)
    keys.set(shape, key)
    return key
  }

  async function lookAt({ root, segments, asset, trashed }: StoredFile): Promise<PictureVersion> {
    const opened = await openBeneath(root, segments)
    if (!opened) throw new StudioError('not_found', 'File not found')
    await opened.handle.close()
    const { size, mtimeNs } = opened.stats
    return {
      ...{ type: asset.type, segments: asset.segments },
      ...{ size: Number(size), modified: modifiedOfNanoseconds(mtimeNs) },
      ...(trashed ? { lies: { root, segments } } : {}),
    }
  }
}

/** Whether `?v=` names what is there now: the file's own time, or that of the folder it is listed in. */
function namesVersion(
  version: string | undefined,
  { segments, modified }: PictureVersion,
  index: TreeIndex | null,
): boolean {
  if (version === undefined) return false
  if (version === String(modified)) return true
  const media = (segments.length > 1 && index?.folder(segments[0]!)?.files.filter((file) => file.media !== null)) || []
  return media.length > 0 && version === String(Math.max(...media.map((file) => file.mtimeMs)) / 1000)
}

/** Aborted when the client goes away before it was answered. */
function leavingSignal(response: { once(event: 'close', listener: () => void): unknown }): AbortSignal {
  const left = new AbortController()
  response.once('close', () => left.abort(new Error('the reader has gone')))
  return left.signal
}
