/** @file `/view`: one file of the input, output or temp directory, as it is or re-encoded. */
import { posix } from 'node:path'
import type { FastifyRequest } from 'fastify'
import { parseRelativePath } from '#contracts/relative-path'
import { type OpenedFile, openBeneath } from '#platform/files/open-beneath'
import {
  type DirectoryType,
  isDirectoryType,
  openTypedFile,
  splitAnnotation,
} from '../../environment/annotated-file.ts'
import { contentDisposition, contentTypeOf, isActiveType, unknownType } from '../content-types.ts'
import { HttpError } from '../http-error.ts'
import { type EngineRoute, queryValue } from '../route.ts'
import { sendFile } from '../send-file.ts'
import { parsePreview, renderView } from '../view-rendering.ts'

export interface ViewRouteOptions {
  directories: Record<DirectoryType, string>
  /** The file of some content with its name and type, or null when none is known. @param hash - as it was sent */
  findContent: (hash: string) => Promise<{ path: string; name: string; type: string | null } | null>
}

export function viewRoutes(options: ViewRouteOptions): EngineRoute[] {
  return [
    {
      method: 'GET',
      path: '/view',
      async handle(request, reply) {
        const { file, name, type } = await openViewed(request, options)
        if (!file) throw new HttpError(404)

        const preview = queryValue(request, 'preview')
        const channel = queryValue(request, 'channel') ?? 'rgba'
        if (preview !== undefined || channel === 'rgb' || channel === 'a') {
          const rendering = { preview: preview === undefined ? null : parsePreview(preview, channel), channel }
          const rendered = await render(file, rendering)
          return reply
            .headers({
              'content-type': rendered.type,
              'content-disposition': contentDisposition(null, name),
              'x-content-type-options': 'nosniff',
            })
            .send(rendered.bytes)
        }

        const contentType = type ?? contentTypeOf(name)
        const active = isActiveType(contentType)
        return sendFile(request, reply, file, {
          'content-type': active ? unknownType : contentType,
          'content-disposition': contentDisposition(active ? 'attachment' : null, name),
          'x-content-type-options': 'nosniff',
        })
      },
    },
  ]
}

async function openViewed(
  request: FastifyRequest,
  { directories, findContent }: ViewRouteOptions,
): Promise<{ file: OpenedFile | null; name: string; type: string | null }> {
  const filename = queryValue(request, 'filename')
  if (filename?.startsWith('blake3:')) {
    const found = await findContent(filename)
    const file = found && (await openBeneath(posix.dirname(found.path), [posix.basename(found.path)]))
    return { file, name: found?.name ?? '', type: found?.type ?? null }
  }
  const { type, segments, name } = parseView(request)
  return { file: await openTypedFile(directories, type, segments), name, type: null }
}

/** Which file is meant. @throws HttpError 400, 403 or 404 with an empty body, as ComfyUI answers */
function parseView(request: FastifyRequest): { type: DirectoryType; segments: string[]; name: string } {
  const filename = queryValue(request, 'filename')
  if (filename === undefined) throw new HttpError(404)
  if (filename === '') throw new HttpError(400)

  const annotated = splitAnnotation(filename)
  if (annotated.name === '' || annotated.name.startsWith('/') || annotated.name.includes('..')) throw new HttpError(400)
  const type = annotated.type ?? queryValue(request, 'type') ?? 'output'
  if (!isDirectoryType(type)) throw new HttpError(400)

  // Spellings such as `a/./b` are fine as long as they stay inside.
  const subfolder = posix.normalize(queryValue(request, 'subfolder') || '.')
  if (subfolder.startsWith('/') || subfolder.split('/').includes('..')) throw new HttpError(403)
  const name = posix.basename(annotated.name)
  const path = subfolder === '.' || subfolder === './' ? name : `${subfolder.replace(/\/$/, '')}/${name}`
  const segments = parseRelativePath(path)
  if (!segments || annotated.name.endsWith('/')) throw new HttpError(404)
  return { type, segments, name }
}

async function render(file: OpenedFile, what: Parameters<typeof renderView>[1]) {
  try {
    return await renderView(await file.handle.readFile(), what)
  } catch {
    // Not a picture, or a damaged one.
    throw new HttpError(415)
  } finally {
    await file.handle.close()
  }
}
