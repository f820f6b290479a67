/** @file Sends one file. XMLHttpRequest and not fetch: only it tells how much of the body has left. */

import type { UploadResult } from '#contracts/assets'
import { ApiError } from '../api-error.ts'
import { detailOf } from '../http.ts'

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
      const answer: unknown = request.response
      if (request.status !== 200 || answer === null) {
        fail(request.status, detailOf(answer) ?? `the pod answered with status ${request.status}`)
        return
      }
      const { uploaded, errors } = answer as UploadResult
      if (uploaded[0] !== undefined) resolve(uploaded[0])
      else fail(400, reasonOf(errors[0], file.name))
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
