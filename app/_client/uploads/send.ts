/** @file What the upload queue needs of the wire; the wire itself is loaded when there is a first file. */
import { ApiError } from '../api-error.ts'

export interface SendOptions {
  /** address of an upload that was begun before, or null */
  url: string | null
  signal: AbortSignal
  /** bytes of the file that have been sent */
  onProgress: (sent: number) => void
  /** the upload's address, as soon as it has one */
  onUrl: (url: string) => void
}

export interface Wire {
  /** One try. @returns the stored name. @throws ApiError with the reason in words, `AbortError` */
  send(file: File, options: SendOptions): Promise<string>
  /** Removes what the server has of an upload. @throws ApiError */
  remove(url: string): Promise<void>
}

const load = () =>
  import('./send-by-tus.ts').catch(() => {
    throw new ApiError(0, 'connection lost')
  })

export const tusWire: Wire = {
  send: async (file, options) => (await load()).sendByTus(file, options),
  remove: async (url) => (await load()).removeByTus(url),
}
