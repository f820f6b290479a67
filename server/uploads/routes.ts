/**
 * @file `/api/admin/uploads`: tus 1.0.0 with creation, creation-with-upload, termination, checksum and expiration, and as JSON
 * the list of what is unfinished. Any tus client can use it. The files are those of `POST /assets/upload-inputs`:
 * same names, same checks, same event.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { storedAsHeader, tusVersion, unfinishedUploadsSchema, uploadIdPattern } from '#contracts/uploads'
import type { EventSink } from '../assets/asset-events.ts'
import type { TreeIndex } from '../assets/tree-index.ts'
import { signedIn } from '../http/access.ts'
import { drain } from '../http/drain.ts'
import { StudioError } from '../http/errors.ts'
import type { Ledger } from '../storage/ledger.ts'
import {
  checksumAlgorithms,
  parseChecksum,
  parseMetadata,
  requireByteCount,
  requirePartType,
  requireTus,
} from './tus-headers.ts'
import type { Upload, Uploads } from './uploads.ts'

export interface UploadRoutesDeps {
  uploads: Uploads
  inputs: Pick<TreeIndex, 'refresh'>
  ledger: Ledger
  events: EventSink
  maxFileBytes: number
  onTrouble: (error: unknown) => void
}

const sweepEvery = 600_000
const extensions = 'creation,creation-with-upload,termination,checksum,expiration'
const params = z.object({ id: z.string() })
const tags = ['uploads']

/** Registered under `/api/admin`. */
export function uploadsRoutes(deps: UploadRoutesDeps): FastifyPluginAsync {
  const { uploads, inputs, ledger, events, maxFileBytes, onTrouble } = deps

  async function announce(names: string[]): Promise<void> {
    if (names.length === 0) return
    await inputs.refresh(names)
    const message = `${names.length} file${names.length === 1 ? '' : 's'} uploaded`
    events.append('assets.uploaded', 'success', message, { files: names })
  }

  return async (scope) => {
    // Parts are read from the raw request; Fastify neither parses nor limits them.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))

    let timer: NodeJS.Timeout | undefined
    scope.addHook('onReady', async () => {
      await announce(await uploads.load())
      await uploads.sweep()
      timer = setInterval(() => uploads.sweep().catch(onTrouble), sweepEvery).unref()
    })
    scope.addHook('onClose', async () => clearInterval(timer))
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('tus-resumable', tusVersion).header('cache-control', 'no-store')
    })
    // A client that is told why must not see its connection break instead.
    scope.addHook('onError', async (request) => drain(request.raw))

    const api = scope.withTypeProvider<ZodTypeProvider>()

    api.options('/uploads', { config: signedIn, schema: { hide: true } }, async (_request, reply) =>
      reply
        .code(204)
        .header('tus-version', tusVersion)
        .header('tus-extension', extensions)
        .header('tus-max-size', String(maxFileBytes))
        .header('tus-checksum-algorithm', checksumAlgorithms.join(','))
        .send(),
    )

    api.get(
      '/uploads',
      {
        config: signedIn,
        exposeHeadRoute: false,
        schema: { tags, summary: 'Uploads that are unfinished', response: { 200: unfinishedUploadsSchema } },
      },
      async () => ({ uploads: uploads.list() }),
    )

    api.post(
      '/uploads',
      {
        config: signedIn,
        schema: {
          tags,
          summary: 'Begin an upload in parts (tus 1.0.0)',
          description:
            '`Upload-Length` in bytes; `Upload-Metadata` with `filename` and, to find the upload again, `modified`. The ' +
            'answer is 201 with the `Location` of the upload. A first part may come as the body.',
        },
      },
      async (request, reply) => {
        requireTus(request.headers)
        if (request.headers['upload-defer-length'] !== undefined) {
          throw new StudioError('invalid_request', 'The length must be known: send Upload-Length')
        }
        const size = requireByteCount(request.headers, 'upload-length')
        const metadata = parseMetadata(request.headers)
        const withBytes = carriesBytes(request)
        if (withBytes) requirePartType(request.headers)
        const upload = await uploads.create(size, metadata, ledger)
        // Sent also when the first part breaks off or is refused: 201 says the upload is there, so then it is not said.
        reply.header('location', `/api/admin/uploads/${upload.record.id}`)
        if (withBytes) await append(request, reply, upload.record.id, 0)
        else describe(reply, upload)
        return reply.code(201).send()
      },
    )

    api.head(
      '/uploads/:id',
      {
        config: signedIn,
        schema: {
          tags,
          summary: 'How much of an upload is here',
          description: `\`Upload-Offset\` of \`Upload-Length\` bytes; \`${storedAsHeader}\` once it is stored.`,
          params,
        },
      },
      async (request, reply) => {
        requireTus(request.headers)
        describe(reply, await uploads.settle(requireId(request.params.id)))
        return reply.code(200).send()
      },
    )

    api.patch(
      '/uploads/:id',
      {
        config: signedIn,
        schema: {
          tags,
          summary: 'Send the next part of an upload',
          description:
            '`Upload-Offset` must be what `HEAD` says (else 409). The last part makes the file visible; ' +
            `\`${storedAsHeader}\` is its name. A file that is no picture or video is refused with 400 and removed.`,
          params,
        },
      },
      async (request, reply) => {
        requireTus(request.headers)
        requirePartType(request.headers)
        const offset = requireByteCount(request.headers, 'upload-offset')
        await append(request, reply, requireId(request.params.id), offset)
        return reply.code(204).send()
      },
    )

    api.delete(
      '/uploads/:id',
      { config: signedIn, schema: { tags, summary: 'Cancel an upload; what is here of it is removed', params } },
      async (request, reply) => {
        requireTus(request.headers)
        await uploads.remove(requireId(request.params.id))
        return reply.code(204).send()
      },
    )
  }

  async function append(request: FastifyRequest, reply: FastifyReply, id: string, offset: number): Promise<void> {
    const length = request.headers['content-length']
    const { upload, published } = await uploads.append(
      id,
      {
        offset,
        length: length === undefined ? null : Number(length),
        checksum: parseChecksum(request.headers),
        body: request.raw,
      },
      ledger,
    )
    if (published !== null) await announce([published])
    describe(reply, upload)
  }
}

function describe(reply: FastifyReply, { record, offset, stored, expiresAt }: Upload): void {
  reply.header('upload-offset', String(offset)).header('upload-length', String(record.size))
  if (expiresAt !== null) reply.header('upload-expires', new Date(expiresAt).toUTCString())
  if (stored && record.stored_as !== null) reply.header(storedAsHeader, record.stored_as)
}

function requireId(id: string): string {
  if (uploadIdPattern.test(id)) return id
  throw new StudioError('not_found', 'No such upload')
}

function carriesBytes({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
