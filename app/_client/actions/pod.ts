/** @file What a person does to the pod: free space, restart the engine, change settings. */

import type { FreedStorage, FreeStorage, StudioSettings } from '#contracts/storage'
import type { EngineRestart } from '#contracts/system'
import { postJson } from '../http.ts'

/** Carries out clean-ups to the end: the server stops now and then, so that no answer is late. */
export async function freeStorage(request: FreeStorage): Promise<FreedStorage> {
  const sum: FreedStorage = { freed: 0, moved: 0, files: 0, trashed: [], errors: [], remaining: request.suggestions }
  while (sum.remaining.length > 0) {
    const part = await postJson<FreedStorage>('/api/admin/storage/free', { ...request, suggestions: sum.remaining })
    sum.freed += part.freed
    sum.moved += part.moved
    sum.files += part.files
    sum.trashed.push(...part.trashed)
    sum.errors.push(...part.errors)
    // Files that cannot be deleted stay candidates: without progress, asking again would never end.
    sum.remaining = part.files > 0 ? part.remaining : []
  }
  return sum
}

export const restartEngine = () => postJson<EngineRestart>('/api/admin/engine/restart', {})
export const freeGpuMemory = () => postJson<unknown>('/api/admin/engine/free', { unload_models: true })
export const changeSettings = (change: Partial<StudioSettings>) =>
  postJson<StudioSettings>('/api/admin/settings', change)
export const signOutEverywhere = () => postJson<unknown>('/api/auth/logout-everywhere', {})
