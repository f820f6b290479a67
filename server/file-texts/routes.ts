/** @file `GET /file-texts/{inputs|outputs}/{path}`: the settings a file carries, for files that no job record describes. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { AssetType } from '#contracts/assets'
import { type FileTexts, fileTextsSchema } from '#contracts/file-texts'
import { type OpenedFile, openBeneath } from '#platform/files/open-beneath'
import { sniffLength, sniffMediaType } from '#platform/media-type'
import { requireAssetPath } from '../files/asset-path.ts'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { readPngTexts, type TextLimits, textLimits } from './png-texts.ts'
import { readVideoTags } from './video-tags.ts'

export interface FileTextRoutesDeps {
  /** Absolute paths. */
  roots: Record<AssetType, string>
  /** Absolute path; null: videos are not read. */
  ffmpeg: string | null
  limits?: TextLimits
}

/** Registered under `/api/admin`. */
export function fileTextRoutes({ roots, ffmpeg, limits = textLimits }: FileTextRoutesDeps): FastifyPluginAsync {
  async function read(file: OpenedFile, signal: AbortSignal): Promise<FileTexts> {
    const head = Buffer.alloc(sniffLength)
    const { bytesRead } = await file.handle.read(head, 0, sniffLength, 0)
    const type = sniffMediaType(head.subarray(0, bytesRead))
    if (type?.type === 'image/png') return readPngTexts(file.handle, Number(file.stats.size), limits)
    if (type?.kind === 'video' && ffmpeg !== null) {
      return readVideoTags(ffmpeg, { type: type.type, path: file.path }, limits, signal)
    }
    return { texts: [], truncated: false }
  }

  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().get(
      '/file-texts/:asset_type/*',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'The texts inside a picture or video',
          description: 'Text chunks of a PNG, tags of a video; bounded. Anybody may have written them.',
          params: z.object({ asset_type: z.string(), '*': z.string() }),
          response: { 200: fileTextsSchema },
        },
      },
      async (request, reply) => {
        const asset = requireAssetPath(request.params.asset_type, request.params['*'])
        const file = await openBeneath(roots[asset.type], asset.segments)
        if (!file) throw new StudioError('not_found', 'File not found')
        const left = new AbortController()
        reply.raw.once('close', () => left.abort(new Error('the client has gone')))
        try {
          return await read(file, left.signal)
        } finally {
          await file.handle.close()
        }
      },
    )
  }
}
