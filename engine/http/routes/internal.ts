/** @file `/internal/*`: logs, folder paths and plain listings of the three file roots. No `/api` twin. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type DirectoryType, isDirectoryType } from '../../environment/annotated-file.ts'
import type { ModelFolder } from '../../environment/model-folders.ts'
import { refuse } from '../http-error.ts'
import type { LogBuffer } from '../log-buffer.ts'
import { type BodyLimits, readJsonObject } from '../read-body.ts'
import { type EngineRoute, pathValue, sendJson, sendStatus } from '../route.ts'

export interface InternalRouteOptions {
  logs: LogBuffer
  folders: ReadonlyMap<string, ModelFolder>
  directories: Record<DirectoryType, string>
  limits: BodyLimits
  /** Switches `logs` messages for a WebSocket client. */
  subscribe: (clientId: string, enabled: boolean) => void
}

/** There is no terminal; clients lay the text out by these. */
const terminal = { cols: 80, rows: 24 }

export function internalRoutes(options: InternalRouteOptions): EngineRoute[] {
  const { logs, folders, directories, limits, subscribe } = options
  const routes: EngineRoute[] = [
    {
      method: 'GET',
      path: '/internal/logs',
      handle: (_request, reply) => sendJson(reply, logs.entries.map((entry) => `${entry.t} - ${entry.m}`).join('')),
    },
    {
      method: 'GET',
      path: '/internal/logs/raw',
      handle: (_request, reply) => sendJson(reply, { entries: logs.entries, size: terminal }),
    },
    {
      method: 'PATCH',
      path: '/internal/logs/subscribe',
      async handle(request, reply) {
        const { clientId, enabled } = await readJsonObject(request.raw, limits)
        if (typeof clientId !== 'string' || typeof enabled !== 'boolean') {
          throw refuse(400, 'clientId must be a text and enabled true or false')
        }
        subscribe(clientId, enabled)
        return sendStatus(reply, 200)
      },
    },
    {
      method: 'GET',
      path: '/internal/folder_paths',
      handle: (_request, reply) =>
        sendJson(reply, Object.fromEntries([...folders.values()].map((folder) => [folder.name, folder.directories]))),
    },
    {
      method: 'GET',
      path: '/internal/files/:type',
      async handle(request, reply) {
        const type = pathValue(request, 'type')
        if (!isDirectoryType(type)) throw refuse(400, 'Invalid directory type')
        return sendJson(
          reply,
          (await newestFirst(directories[type])).map((name) => `${name} [${type}]`),
        )
      },
    },
  ]
  return routes.map((route) => ({ ...route, at: 'bare' }))
}

/** Names of the visible files directly in a directory. */
async function newestFirst(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(async (entry) => ({
        name: entry.name,
        modified: (await stat(join(directory, entry.name)).catch(() => null))?.mtimeMs ?? 0,
      })),
  )
  return files.sort((a, b) => b.modified - a.modified).map((file) => file.name)
}
