/** @file Getting models onto the pod and off it. */

import type { DownloadModel, ModelDownload, ModelUpload } from '#contracts/models'
import { ApiError } from '../api-error.ts'
import { detailOf, postJson } from '../http.ts'

export const downloadModel = (request: DownloadModel) => postJson<ModelDownload>('/api/admin/models/download', request)
export const steerDownload = (id: string, verb: 'pause' | 'resume' | 'cancel') =>
  postJson<ModelDownload>(`/api/admin/models/download/${id}/${verb}`, {})
export const deleteModel = (folder: string, file: string) =>
  postJson<{ freed: number }>('/api/admin/models/delete', { folder, file })

/** Below what proxies in front of a pod let pass. */
const pieceBytes = 32 * 1024 * 1024

/** Sends a file in pieces, from where an earlier try stopped. @throws ApiError */
export async function uploadModel(folder: string, file: File, onProgress: (received: number) => void) {
  let received = 0
  let last = await sendPiece(folder, file, 0, 0)
  received = last.received
  while (!last.done) {
    last = await sendPiece(folder, file, received, pieceBytes)
    received = last.received
    onProgress(received)
  }
  return last
}

async function sendPiece(folder: string, file: File, offset: number, length: number): Promise<ModelUpload> {
  const query = new URLSearchParams({ folder, filename: file.name, size: `${file.size}`, offset: `${offset}` })
  const response = await fetch(`/api/admin/models/upload?${query}`, {
    method: 'POST',
    body: length === 0 ? null : file.slice(offset, offset + length),
    headers: { 'content-type': 'application/octet-stream' },
    credentials: 'same-origin',
  }).catch(() => {
    throw new ApiError(0, 'No connection: choose the file again, it goes on where it stopped')
  })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok || body === null) throw new ApiError(response.status, detailOf(body) ?? `Status ${response.status}`)
  return body as ModelUpload
}
