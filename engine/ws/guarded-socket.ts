/**
 * @file A WebSocket that cannot hurt the engine: a peer that does not read is dropped before its backlog grows, and one
 * that is gone is noticed by an unanswered ping.
 */
import type { WebSocket } from 'ws'

/** Bytes waiting for a peer at which it is dropped. */
const maxBacklog = 8 * 1024 * 1024
/** Milliseconds between pings; a peer that answered none since the last one is dropped. */
const pingInterval = 20_000

export class GuardedSocket {
  readonly #socket: WebSocket
  #answered = true

  /** @param onClose - called once, when the socket is closed for whatever reason */
  constructor(socket: WebSocket, onClose: () => void) {
    this.#socket = socket
    const timer = setInterval(() => this.#ping(), pingInterval).unref()
    socket.on('pong', () => {
      this.#answered = true
    })
    // The close that follows an error is what counts.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      clearInterval(timer)
      onClose()
    })
  }

  /** @param data - text as a string, binary as bytes */
  send(data: string | Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount > maxBacklog) this.#socket.terminate()
    else this.#socket.send(data, { binary: typeof data !== 'string' })
  }

  /** Bytes sent and not yet taken by the peer's connection. */
  get backlog(): number {
    return this.#socket.bufferedAmount
  }

  /** @param code - WebSocket close code, e.g. 1001 for going away */
  close(code: number): void {
    this.#socket.close(code)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #ping(): void {
    if (!this.#answered) {
      this.#socket.terminate()
      return
    }
    this.#answered = false
    this.#socket.ping()
  }
}
