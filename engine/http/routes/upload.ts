/** @file `/upload/image` and `/upload/mask`: one file of a form into the input, temp or output directory. */
import { rm, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { FastifyRequest } from 'fastify'
import * as z from 'zod'
import { parseRelativePath } from '#contracts/relative-path'
import { isOutOfSpace, temporaryPathBeside, temporaryPrefix } from '#platform/files/durable-write'
import { incompleteMarker, jobRecordName } from '#platform/studio-directory'
import type { Asset } from '../../assets/asset-row.ts'
import { hashFile } from '../../assets/content-hash.ts'
import {
  type DirectoryType,
  isDirectoryType,
  openTypedFile,
  splitAnnotation,
} from '../../environment/annotated-file.ts'
import { applyMask } from '../apply-mask.ts'
import { refuse } from '../http-error.ts'
import { placeUpload } from '../place-upload.ts'
import { type ReceivedUpload, receiveUpload } from '../receive-upload.ts'
import { type EngineRoute, sendJson } from '../route.ts'

export interface UploadRouteOptions {
  directories: Record<DirectoryType, string>
  /** Bytes of a whole request. */
  maxUploadSize: number
  /** Stands around the storing of a file and all that `onStored` does. */
  arriving: <T>(directory: string, work: () => Promise<T>) => Promise<T>
  /**
   * Told of every stored file, by its absolute path; the answer waits for it. Never fails.
   * @returns the file's asset, or null where it is none
   */
  onStored?: (path: string, hash: string) => Promise<Asset | null>
}

/** Names that mean something to the engine itself. */
const reservedNames: ReadonlySet<string> = new Set([incompleteMarker, jobRecordName])

const originalRefSchema = z.object({
  filename: z.string().min(1),
  type: z.string().default('output'),
  subfolder: z.string().default(''),
})

type UploadedFile = NonNullable<ReceivedUpload['file']>

export function uploadRoutes({ directories, maxUploadSize, arriving, onStored }: UploadRouteOptions): EngineRoute[] {
  /** Receives, hands the file on, and leaves no temporary file whatever happens. */
  async function receive<T>(
    request: FastifyRequest,
    use: (file: UploadedFile, target: Target, fields: ReadonlyMap<string, string>) => Promise<T>,
  ): Promise<T> {
    let received: ReceivedUpload | null = null
    try {
      received = await receiveUpload(request.raw, directories.input, maxUploadSize)
      if (!received.file || received.file.name === '') throw refuse(400, 'No file was sent as "image"')
      return await use(received.file, targetOf(received.file.name, received.fields), received.fields)
    } catch (error) {
      if (isOutOfSpace(error)) throw refuse(507, 'The disk is full: the file was not stored.')
      throw error
    } finally {
      if (received?.file) await rm(received.file.temporary, { force: true })
    }
  }

  async function place(content: Parameters<typeof placeUpload>[0], target: Target) {
    const { type, subfolder, segments, overwrite, depth } = target
    const root = directories[type]
    const store = async () => {
      const placed = await placeUpload(content, { root, segments, overwrite })
      return { placed, asset: await onStored?.(join(root, ...placed), content.hash) }
    }
    const { placed, asset } = await arriving(join(root, ...segments.slice(0, -1)), store)
    return { name: placed.slice(depth).join('/'), subfolder, type, ...(asset ? { asset: shortAnswer(asset) } : {}) }
  }

  return [
    {
      method: 'POST',
      path: '/upload/image',
      handle: async (request, reply) => sendJson(reply, await receive(request, place)),
    },
    {
      method: 'POST',
      path: '/upload/mask',
      handle: async (request, reply) =>
        sendJson(
          reply,
          await receive(request, async (file, target, fields) => {
            const original = await openOriginal(directories, fields.get('original_ref'))
            if (!original)
              return {
                name: target.segments.slice(target.depth).join('/'),
                subfolder: target.subfolder,
                type: target.type,
              }
            const temporary = temporaryPathBeside(file.temporary)
            try {
              await applyMask(await original.handle.readFile(), file.temporary, temporary).catch((error: Error) => {
                if (isOutOfSpace(error)) throw error
                throw refuse(400, `The mask could not be applied: ${error.message}`)
              })
              return await place(await contentOf(temporary), target)
            } finally {
              await original.handle.close()
              await rm(temporary, { force: true })
            }
          }),
        ),
    },
  ]
}

/** What an upload's answer says of its asset. */
function shortAnswer({ id, name, hash, size, mimeType, tags }: Asset) {
  return { id, name, asset_hash: hash, size, mime_type: mimeType, tags }
}

interface Target {
  type: DirectoryType
  /** As it was sent. */
  subfolder: string
  segments: string[]
  /** How many of the segments are the subfolder's. */
  depth: number
  overwrite: boolean
}

/** Where the form wants the file. @throws HttpError 400 for a place that is no place */
function targetOf(name: string, fields: ReadonlyMap<string, string>): Target {
  const type = fields.get('type') || 'input'
  if (!isDirectoryType(type)) throw refuse(400, `Unknown type: ${type}`)
  const subfolder = fields.get('subfolder') ?? ''
  const folder = posix.normalize(subfolder || '.').replace(/\/$/, '')
  const folders = folder === '.' ? [] : parseRelativePath(folder)
  const names = parseRelativePath(name)
  if (!folders || !names || name.endsWith('/')) throw refuse(400, 'The path leads out of the directory')
  const last = names.at(-1)!
  if (reservedNames.has(last) || last.startsWith(temporaryPrefix)) throw refuse(400, `The name ${last} is reserved`)
  const overwrite = ['true', '1'].includes(fields.get('overwrite') ?? '')
  return { type, subfolder, segments: [...folders, ...names], depth: folders.length, overwrite }
}

async function openOriginal(directories: Record<DirectoryType, string>, text: string | undefined) {
  const ref = parseOriginalRef(text)
  const { name, type: annotated } = splitAnnotation(ref.filename)
  const type = annotated ?? ref.type
  const segments = parseRelativePath(ref.subfolder === '' ? name : `${ref.subfolder}/${name}`)
  if (!isDirectoryType(type) || !segments) throw refuse(400, 'original_ref names no file')
  return openTypedFile(directories, type, segments)
}

function parseOriginalRef(text: string | undefined): z.infer<typeof originalRefSchema> {
  try {
    return originalRefSchema.parse(JSON.parse(text ?? ''))
  } catch {
    throw refuse(400, 'original_ref must be JSON with a filename')
  }
}

async function contentOf(path: string) {
  return { temporary: path, size: (await stat(path)).size, hash: await hashFile(path) }
}
