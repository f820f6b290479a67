/**
 * @file The event streams that are open: how many there may be, and which end when a session does. A stream was allowed
 * when it began; nobody asks again while it lasts, so whoever ends a session ends its streams.
 */
import type { Readable } from 'node:stream'
import type { Caller } from '../http/access.ts'

export interface OpenStreams {
  /** Whether there is no room for another one. */
  isFull(): boolean
  /** Keeps the stream until it closes. */
  add(stream: Readable, caller: Caller | null): void
  /** Ends the streams that a session opened. */
  endSession(sessionHash: string): void
  endAll(): void
}

/** @param limit - how many streams may be open at once */
export function createOpenStreams(limit = 64): OpenStreams {
  const streams = new Map<Readable, Caller | null>()
  return {
    isFull: () => streams.size >= limit,
    add(stream, caller) {
      streams.set(stream, caller)
      stream.once('close', () => streams.delete(stream))
    },
    endSession(sessionHash) {
      for (const [stream, caller] of streams) {
        if (caller?.kind === 'session' && caller.sessionHash === sessionHash) stream.destroy()
      }
    },
    endAll() {
      for (const stream of streams.keys()) stream.destroy()
    },
  }
}
