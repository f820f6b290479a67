/** @file `POST /assets/upload-inputs`: the multipart body goes from the socket to the disk without being gathered. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { type AssetType, uploadResultSchema } from '#contracts/assets'
import { signedIn } from '../http/access.ts'
import { drain } from '../http/drain.ts'
import type { Ledger } from '../storage/ledger.ts'
import { countOf, type EventSink } from './asset-events.ts'
import { receiveUpload, type UploadLimits } from './receive-upload.ts'
import type { TreeIndex } from './tree-index.ts'

export interface UploadRouteDeps {
  indexes: Record<AssetType, TreeIndex>
  ledger: Ledger
  events: EventSink
  uploadLimits: UploadLimits
  now: () => Date
  randomHex: () => string
}

export function uploadRoute({
  indexes,
  ledger,
  events,
  uploadLimits,
  now,
  randomHex,
}: UploadRouteDeps): FastifyPluginAsync {
  return async (scope) => {
    // The parser below reads the raw request; Fastify neither parses nor limits it.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))

    scope.withTypeProvider<ZodTypeProvider>().post(
      '/assets/upload-inputs',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'Upload images or videos to the input directory',
          description:
            'multipart/form-data with one or more `files` parts. A refused file becomes an entry of `errors`, the ' +
            'others are stored.',
          consumes: ['multipart/form-data'],
          response: { 200: uploadResultSchema },
        },
      },
      async (request) => {
        try {
          await ledger.requireRoom('Uploads')
          const { root: directory } = indexes.inputs
          const result = await receiveUpload(request.raw, {
            directory,
            ledger,
            limits: uploadLimits,
            now,
            randomHex,
          })
          await indexes.inputs.refresh(result.uploaded)
          if (result.uploaded.length > 0) {
            const message = `${countOf(result.uploaded.length, 'file')} uploaded`
            events.append('assets.uploaded', 'success', message, { files: result.uploaded })
          }
          return result
        } catch (error) {
          drain(request.raw)
          throw error
        }
      },
    )
  }
}
