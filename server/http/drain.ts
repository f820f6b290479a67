/** @file What to do with the rest of a body whose request was refused before it was all here. */
import type { IncomingMessage } from 'node:http'

/** How long a refused client may go on sending; it reads the answer only after its last byte, or when it notices. */
const lingerMilliseconds = 10_000

/** Lets a client that is still sending reach the end of its body, or cuts it when that takes too long. */
export function drain(request: IncomingMessage): void {
  if (request.complete) return
  request.resume()
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy()
  }, lingerMilliseconds)
  timer.unref()
  request.on('close', () => clearTimeout(timer))
}
