/**
 * @file Sends a file in parts over tus: each part and each answer fit through a proxy that allows 100 MB and 100 s, and what
 * the server has is not sent again. One try only; when to try again is the queue's to decide. Loaded with the first upload.
 */
import { DetailedError, Upload } from 'tus-js-client'
import { ApiError } from '../api-error.ts'
import { detailOf } from '../http.ts'
import type { SendOptions } from './send.ts'

const partBytes = 32 * 1024 * 1024
/** A connection that moves nothing for so long is dead, whatever the browser believes. */
const stalledMilliseconds = 45_000

export function sendByTus(file: File, { url, signal, onProgress, onUrl }: SendOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let stored: string | undefined
    let watchdog: ReturnType<typeof setTimeout> | undefined
    const settle = (end: () => void) => {
      clearTimeout(watchdog)
      signal.removeEventListener('abort', leave)
      end()
    }
    const stop = (reason: Error) => settle(() => void upload.abort().finally(() => reject(reason)))
    const leave = () => stop(new DOMException('stopped', 'AbortError'))
    const alive = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => stop(new ApiError(0, 'connection lost')), stalledMilliseconds)
    }
    const upload = new Upload(file, {
      endpoint: `${location.origin}/api/admin/uploads`,
      uploadUrl: url,
      chunkSize: partBytes,
      retryDelays: null,
      // The server lists what is unfinished, for every browser alike.
      storeFingerprintForResuming: false,
      metadata: { filename: file.name, modified: String(file.lastModified) },
      onUploadUrlAvailable: () => onUrl(new URL(upload.url!, location.href).pathname),
      onProgress: (sent) => {
        alive()
        onProgress(sent)
      },
      onAfterResponse: (_request, response) => {
        alive()
        stored = response.getHeader('studio-stored-as') ?? stored
      },
      onSuccess: () =>
        settle(() => (stored ? resolve(stored) : reject(new ApiError(500, 'the pod did not say where the file is')))),
      onError: (error) => settle(() => void apiErrorOf(error, file).then(reject)),
    })
    signal.addEventListener('abort', leave)
    if (signal.aborted) return leave()
    alive()
    upload.start()
  })
}

/** Cancels an upload on the server. @throws ApiError */
export async function removeByTus(url: string): Promise<void> {
  try {
    await Upload.terminate(new URL(url, location.href).href, { retryDelays: null })
  } catch (error) {
    const failure = await apiErrorOf(error as Error, null)
    if (failure.status !== 404) throw failure
  }
}

async function apiErrorOf(error: Error, file: File | null): Promise<ApiError> {
  const response = error instanceof DetailedError ? error.originalResponse : null
  if (response && response.getStatus() > 0) {
    const status = response.getStatus()
    return new ApiError(status, detailOf(parse(response.getBody())) ?? `the pod answered with status ${status}`)
  }
  // A file that was changed or removed meanwhile looks to the browser like a broken connection.
  const readable = await file
    ?.slice(0, 1)
    .arrayBuffer()
    .catch(() => null)
  if (readable === null) return new ApiError(400, 'the file can no longer be read: choose it again')
  return new ApiError(0, 'connection lost')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
