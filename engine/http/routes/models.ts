/** @file `/models`, `/experiment/models`, `/embeddings`, `/view_metadata`: what lies in the model folders. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { join, parse } from 'node:path'
import sharp from 'sharp'
import { parseRelativePath } from '#contracts/relative-path'
import { findModelFile, listModelFiles } from '../../environment/model-files.ts'
import type { ModelFolder } from '../../environment/model-folders.ts'
import { HttpError } from '../http-error.ts'
import { type EngineRoute, pathValue, queryValue, sendJson } from '../route.ts'

/** Folders that hold no models, left out of the newer listing. */
const notModels: ReadonlySet<string> = new Set(['configs', 'custom_nodes'])

const previewExtensions = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.bmp', '.avif']

/** Longest safetensors header that is read, bytes. */
const maxHeaderLength = 16 * 1024 * 1024

export function modelRoutes({ folders }: { folders: ReadonlyMap<string, ModelFolder> }): EngineRoute[] {
  const requireFolder = (name: string): ModelFolder => {
    const folder = folders.get(name)
    if (!folder) throw new HttpError(404)
    return folder
  }
  return [
    { method: 'GET', path: '/models', handle: (_request, reply) => sendJson(reply, [...folders.keys()]) },
    {
      method: 'GET',
      path: '/models/:folder',
      async handle(request, reply) {
        const files = await listModelFiles(requireFolder(pathValue(request, 'folder')))
        return sendJson(reply, files.map((file) => file.name).sort())
      },
    },
    {
      method: 'GET',
      path: '/experiment/models',
      handle: (_request, reply) =>
        sendJson(
          reply,
          [...folders.values()]
            .filter((folder) => !notModels.has(folder.name))
            .map((folder) => ({ name: folder.name, folders: folder.directories, extensions: folder.extensions })),
        ),
    },
    {
      method: 'GET',
      path: '/experiment/models/:folder',
      async handle(request, reply) {
        const name = pathValue(request, 'folder')
        if (notModels.has(name)) throw new HttpError(404)
        const folder = requireFolder(name)
        const files = await listModelFiles(folder)
        const described = await Promise.all(
          files.map(async ({ name, pathIndex }) => {
            const stats = await stat(join(folder.directories[pathIndex]!, name)).catch(() => null)
            const created = stats && (stats.birthtimeMs || stats.ctimeMs) / 1000
            return stats && { name, pathIndex, modified: stats.mtimeMs / 1000, created, size: stats.size }
          }),
        )
        return sendJson(
          reply,
          described.filter((file) => file !== null),
        )
      },
    },
    {
      method: 'GET',
      path: '/experiment/models/preview/:folder/:pathIndex/*',
      async handle(request, reply) {
        const folder = requireFolder(pathValue(request, 'folder'))
        const index = pathValue(request, 'pathIndex')
        const name = pathValue(request, '*')
        if (!/^\d{1,9}$/.test(index) || name === '') throw new HttpError(400)
        const segments = parseRelativePath(name)
        if (!segments) throw new HttpError(403)
        const directory = folder.directories[Number(index)]
        if (directory === undefined) throw new HttpError(404)
        const bytes = await readPreview(join(directory, ...segments))
        if (!bytes) throw new HttpError(404)
        return reply.type('image/webp').send(bytes)
      },
    },
    {
      method: 'GET',
      path: '/embeddings',
      async handle(_request, reply) {
        const files = await listModelFiles(requireFolder('embeddings'))
        const names = files.map((file) => file.name.slice(0, -parse(file.name).ext.length || undefined))
        return sendJson(reply, names.sort())
      },
    },
    {
      method: 'GET',
      path: '/view_metadata/:folder',
      async handle(request, reply) {
        const name = queryValue(request, 'filename')
        const folder = requireFolder(pathValue(request, 'folder'))
        if (!name?.endsWith('.safetensors')) throw new HttpError(404)
        const path = await findModelFile(folder, name)
        const metadata = path && (await readHeader(path))?.__metadata__
        if (typeof metadata !== 'object' || metadata === null) throw new HttpError(404)
        return sendJson(reply, metadata)
      },
    },
  ]
}

/** The picture beside a model (`name.png`, `name.preview.png`) or inside its header, as WebP. */
async function readPreview(model: string): Promise<Buffer | null> {
  const { dir, name } = parse(model)
  for (const stem of [name, `${name}.preview`]) {
    for (const extension of previewExtensions) {
      const bytes = await encode(join(dir, stem + extension))
      if (bytes) return bytes
    }
  }
  const metadata = model.endsWith('.safetensors') ? (await readHeader(model))?.__metadata__ : null
  const cover = (metadata as Record<string, unknown> | null | undefined)?.['modelspec.thumbnail']
  const data = typeof cover === 'string' ? /^data:image\/[a-z+.-]+;base64,(.+)$/s.exec(cover)?.[1] : undefined
  return data === undefined ? null : encode(Buffer.from(data, 'base64'))

  async function encode(source: string | Buffer): Promise<Buffer | null> {
    if (typeof source === 'string' && !(await stat(source).catch(() => null))?.isFile()) return null
    return sharp(source, { limitInputPixels: 100_000_000, pages: 1 })
      .webp({ quality: 80 })
      .toBuffer()
      .catch(() => null)
  }
}

/** The JSON header of a safetensors file, or null when it is none. */
async function readHeader(path: string): Promise<Record<string, unknown> | null> {
  let handle: FileHandle | null = null
  try {
    handle = await open(path, 'r')
    const { buffer: prefix, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0)
    const length = bytesRead === 8 ? Number(prefix.readBigUInt64LE()) : 0
    if (length < 2 || length > maxHeaderLength || length + 8 > (await handle.stat()).size) return null
    const header = await handle.read(Buffer.alloc(length), 0, length, 8)
    const parsed: unknown = JSON.parse(header.buffer.toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null
  } catch {
    return null
  } finally {
    await handle?.close()
  }
}
