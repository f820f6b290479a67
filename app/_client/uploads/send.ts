/** @file Sends one file. XMLHttpRequest and not fetch: only it tells how much of the body has left. */

import { uploadResultSchema } from '#contracts/assets'
import { errorBodySchema } from '#contracts/errors'
import { ApiError } from '../api-error.ts'

export interface SendOptions {
  signal: AbortSignal
  /** bytes of the file that have been sent */
  onProgress: (sent: number) => void
}

/** @returns the stored name. @throws ApiError with the reason in words */
export type SendFile = (file: File, options: SendOptions) => Promise<string>

export const sendFile: SendFile = (file, { signal, onProgress }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    const fail = (status: number, detail: string) => reject(new ApiError(status, detail))
    request.open('POST', '/api/admin/assets/upload-inputs')
    request.responseType = 'json'
    request.upload.onprogress = (event) => onProgress(Math.min(file.size, event.loaded))
    request.onerror = () => fail(0, 'connection lost')
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'))
    request.onloadend = () => signal.removeEventListener('abort', abort)
    request.onload = () => {
      const result = uploadResultSchema.safeParse(request.response)
      if (request.status === 200 && result.success) {
        const [stored] = result.data.uploaded
        if (stored !== undefined) resolve(stored)
        else fail(400, reasonOf(result.data.errors[0], file.name))
        return
      }
      const body = errorBodySchema.safeParse(request.response)
      fail(request.status, body.success ? body.data.detail : `the pod answered with status ${request.status}`)
    }
    const form = new FormData()
    form.append('files', file, file.name)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    else request.send(form)
  })

/** `photo.svg: not accepted` says the name twice beside a row that already has it. */
const reasonOf = (error: string | undefined, name: string) =>
  error === undefined ? 'not accepted' : error.startsWith(`${name}: `) ? error.slice(name.length + 2) : error
