/** @file `/users`, `/settings` and `/userdata`: what a person keeps on the server. */
import { basename } from 'node:path'
import type { FastifyRequest } from 'fastify'
import { parseRelativePath } from '#contracts/relative-path'
import { isOutOfSpace } from '#platform/files/durable-write'
import { openBeneath } from '#platform/files/open-beneath'
import type { SettingsFiles } from '../../users/settings-file.ts'
import {
  deleteUserFile,
  listUserEntries,
  listUserFiles,
  moveUserFile,
  userEntryKind,
  userFileInfo,
  writeUserFile,
} from '../../users/user-files.ts'
import { UserError, type UserStore } from '../../users/user-store.ts'
import { contentDisposition, contentTypeOf, isActiveType, unknownType } from '../content-types.ts'
import { HttpError, refuse } from '../http-error.ts'
import { type BodyLimits, limitBody, readJson, readJsonObject } from '../read-body.ts'
import { type EngineRoute, pathValue, queryValue, sendJson, sendStatus } from '../route.ts'
import { sendFile } from '../send-file.ts'

export interface UserDataRouteOptions {
  users: UserStore
  settings: SettingsFiles
  limits: BodyLimits
}

/**
 * The id of the user that a request speaks for; null while there is one user only.
 * @throws HttpError 400 for an unknown user
 */
export async function userOfRequest(users: UserStore, request: FastifyRequest): Promise<string | null> {
  if (!users.multiUser) return null
  const named = request.headers['comfy-user']
  await answerUserErrors(() => users.directoryOf(typeof named === 'string' ? named : undefined))
  return named as string
}

export function userDataRoutes({ users, settings, limits }: UserDataRouteOptions): EngineRoute[] {
  /** Absolute directory of the request's user. */
  const directoryOf = async (request: FastifyRequest): Promise<string> => {
    const named = request.headers['comfy-user']
    return answerUserErrors(() => users.directoryOf(typeof named === 'string' ? named : undefined))
  }

  return [
    {
      method: 'GET',
      path: '/users',
      handle: async (_request, reply) =>
        sendJson(
          reply,
          users.multiUser
            ? { storage: 'server', users: await users.list() }
            : { storage: 'server', migrated: await users.hasDefaultDirectory() },
        ),
    },
    {
      method: 'POST',
      path: '/users',
      async handle(request, reply) {
        const body = await readJsonObject(request.raw, limits)
        return sendJson(reply, await answerUserErrors(() => users.add(body.username)))
      },
    },
    {
      method: 'GET',
      path: '/settings',
      handle: async (request, reply) => sendJson(reply, await settings.read(await directoryOf(request))),
    },
    {
      method: 'GET',
      path: '/settings/:id',
      async handle(request, reply) {
        const all = await settings.read(await directoryOf(request))
        const id = pathValue(request, 'id')
        return sendJson(reply, Object.hasOwn(all, id) ? all[id] : null)
      },
    },
    {
      method: 'POST',
      path: '/settings',
      async handle(request, reply) {
        const directory = await directoryOf(request)
        await settings.merge(directory, await readJsonObject(request.raw, limits))
        return sendStatus(reply, 200)
      },
    },
    {
      method: 'POST',
      path: '/settings/:id',
      async handle(request, reply) {
        const directory = await directoryOf(request)
        const value = await readJson(request.raw, limits)
        if (value === undefined) throw refuse(400, 'Request body must be valid JSON')
        await settings.merge(directory, Object.fromEntries([[pathValue(request, 'id'), value]]))
        return sendStatus(reply, 200)
      },
    },
    {
      method: 'GET',
      path: '/userdata',
      async handle(request, reply) {
        const dir = queryValue(request, 'dir') ?? ''
        if (dir === '') throw new HttpError(400, 'Directory not provided')
        const root = await directoryOf(request)
        const segments = judgeDirectory(dir) ?? refuseText(403, 'Invalid directory')
        const names = await listUserFiles(root, segments, isTrue(request, 'recurse'))
        if (!names) throw new HttpError(404, 'Directory not found')
        if (isTrue(request, 'full_info')) {
          const infos = names.map((name) => userFileInfo(root, [...segments, ...name.split('/')], name))
          return sendJson(reply, await Promise.all(infos))
        }
        const split = isTrue(request, 'split')
        return sendJson(reply, split ? names.map((name) => [name, ...name.split('/')]) : names)
      },
    },
    {
      method: 'GET',
      path: '/v2/userdata',
      async handle(request, reply) {
        const root = await directoryOf(request)
        const segments = judgeDirectory(queryValue(request, 'path') ?? '')
        if (!segments) throw refuse(400, 'Invalid path requested')
        if (segments.length > 0) {
          const kind = await userEntryKind(root, segments)
          if (kind === null) throw refuse(404, 'Requested path not found')
          if (kind === 'file') throw refuse(400, 'Requested path is not a directory')
        }
        return sendJson(reply, (await listUserEntries(root, segments)) ?? [])
      },
    },
    {
      method: 'GET',
      path: '/userdata/:file',
      async handle(request, reply) {
        const segments = judgeFile(pathValue(request, 'file'))
        const opened = await openBeneath(await directoryOf(request), segments)
        if (!opened) throw new HttpError(404)
        const name = basename(opened.path)
        const type = contentTypeOf(name)
        return sendFile(request, reply, opened, {
          'content-type': isActiveType(type) ? unknownType : type,
          'content-disposition': contentDisposition('attachment', name),
          'x-content-type-options': 'nosniff',
        })
      },
    },
    {
      method: 'POST',
      path: '/userdata/:file',
      async handle(request, reply) {
        const segments = judgeFile(pathValue(request, 'file'))
        const root = await directoryOf(request)
        const body = limitBody(request.raw, limits.maxUploadSize)
        const written = await answerPlaceErrors(() => writeUserFile(root, segments, body, mayOverwrite(request)))
        if (!written) throw new HttpError(409, 'File already exists')
        return sendJson(reply, await answerPath(request, root, segments))
      },
    },
    {
      method: 'DELETE',
      path: '/userdata/:file',
      async handle(request, reply) {
        const segments = judgeFile(pathValue(request, 'file'))
        const root = await directoryOf(request)
        if ((await userEntryKind(root, segments)) !== 'file') throw new HttpError(404)
        await deleteUserFile(root, segments)
        return sendStatus(reply, 204)
      },
    },
    {
      method: 'POST',
      path: '/userdata/:file/move/:dest',
      async handle(request, reply) {
        const from = judgeFile(pathValue(request, 'file'))
        const to = judgeFile(pathValue(request, 'dest'))
        const root = await directoryOf(request)
        if ((await userEntryKind(root, from)) === null) throw new HttpError(404)
        if (!mayOverwrite(request) && (await userEntryKind(root, to)) !== null) {
          throw new HttpError(409, 'File already exists')
        }
        await answerPlaceErrors(() => moveUserFile(root, from, to))
        return sendJson(reply, await answerPath(request, root, to))
      },
    },
  ]
}

async function answerPath(request: FastifyRequest, root: string, segments: readonly string[]): Promise<unknown> {
  const path = segments.join('/')
  return isTrue(request, 'full_info') ? userFileInfo(root, segments, path) : path
}

/** Segments of a directory; none for the root itself, null when it leads out. */
function judgeDirectory(path: string): string[] | null {
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' || trimmed === '.' ? (path.startsWith('/') ? null : []) : parseRelativePath(trimmed)
}

/** @throws HttpError 403 for a path that leads out, 400 for none */
function judgeFile(path: string): string[] {
  if (path === '') throw new HttpError(400)
  const segments = parseRelativePath(path)
  if (!segments || path.endsWith('/')) throw new HttpError(403)
  return segments
}

function refuseText(status: number, text: string): never {
  throw new HttpError(status, text)
}

function isTrue(request: FastifyRequest, name: string): boolean {
  return queryValue(request, name)?.toLowerCase() === 'true'
}

/** Replacing is the default. */
function mayOverwrite(request: FastifyRequest): boolean {
  return queryValue(request, 'overwrite')?.toLowerCase() !== 'false'
}

async function answerUserErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof UserError) throw refuse(400, error.message)
    throw error
  }
}

async function answerPlaceErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (isOutOfSpace(error)) throw refuse(507, 'The disk is full: the file was not stored.')
    if (['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EINVAL'].includes(code)) {
      throw new HttpError(409, 'The path is taken by something else')
    }
    throw error
  }
}
