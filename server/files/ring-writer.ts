/**
 * @file Sends file bytes to a socket with flat memory: a ring of a few buffers that are read into, written, and used again
 * when the socket took them. Small pieces (zip headers, small files) share a buffer, so that ten thousand of them do
 * not cost ten thousand writes. Reading the next buffer and sending the last one overlap.
 */
import type { FileHandle } from 'node:fs/promises'
import type { Writable } from 'node:stream'

export interface RingWriter {
  /** Copies a small piece into the stream. */
  put(bytes: Uint8Array): Promise<void>
  /**
   * Sends `length` bytes of a file.
   * @param onBytes - sees every piece before it is sent
   * @throws SourceChangedError when the file ends early
   */
  copy(handle: FileHandle, position: number, length: number, onBytes?: (bytes: Uint8Array) => void): Promise<void>
  /** Hands over what is gathered and waits until the socket took everything. */
  finish(): Promise<void>
}

/** A file is not what it was when its length was announced. */
export class SourceChangedError extends Error {
  constructor(path: string) {
    super(`changed while it was sent: ${path}`)
    this.name = 'SourceChangedError'
  }
}

/** 1 MiB halves the CPU against 64 KiB; larger brings nothing (docs/performance.md). */
const bufferBytes = 1024 * 1024
const bufferCount = 4

/**
 * @param target - a response whose length is announced; its headers may be unsent
 * @param signal - aborted when the reader has gone
 * @param expectedBytes - of the whole answer; a small one gets small buffers
 */
export function createRingWriter(target: Writable, signal: AbortSignal, expectedBytes = bufferBytes): RingWriter {
  const idle: Buffer[] = []
  const waiting: { resolve: () => void; reject: (reason: unknown) => void }[] = []
  let made = 0
  let underWay = 0
  let current: Buffer | null = null
  let filled = 0
  let failure: unknown

  const fail = (reason: unknown) => {
    failure ??= reason
    for (const waiter of waiting.splice(0)) waiter.reject(failure)
  }
  signal.addEventListener('abort', () => fail(signal.reason), { once: true })

  function nextWritten(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (failure) reject(failure)
      else waiting.push({ resolve, reject })
    })
  }

  async function room(): Promise<Buffer> {
    if (failure) throw failure
    if (current) return current
    while (idle.length === 0 && made === bufferCount) await nextWritten()
    filled = 0
    current = idle.pop() ?? null
    if (!current) {
      made++
      // Slow: its own memory, given back to the system with the answer, and no slice of a shared pool.
      current = Buffer.allocUnsafeSlow(Math.min(bufferBytes, expectedBytes))
    }
    return current
  }

  function send(): void {
    if (!current || filled === 0) return
    const buffer = current
    current = null
    underWay++
    target.write(buffer.subarray(0, filled), (error) => {
      underWay--
      idle.push(buffer)
      if (error) fail(error)
      else waiting.shift()?.resolve()
    })
  }

  return {
    async put(bytes) {
      let offset = 0
      while (offset < bytes.length) {
        const buffer = await room()
        const length = Math.min(bytes.length - offset, buffer.length - filled)
        buffer.set(bytes.subarray(offset, offset + length), filled)
        filled += length
        offset += length
        if (filled === buffer.length) send()
      }
    },
    async copy(handle, position, length, onBytes) {
      let left = length
      let at = position
      while (left > 0) {
        const buffer = await room()
        const { bytesRead } = await handle.read(buffer, filled, Math.min(left, buffer.length - filled), at)
        if (bytesRead === 0) throw new SourceChangedError('it ended early')
        onBytes?.(buffer.subarray(filled, filled + bytesRead))
        filled += bytesRead
        at += bytesRead
        left -= bytesRead
        if (filled === buffer.length) send()
      }
      if (failure) throw failure
    },
    async finish() {
      send()
      while (underWay > 0) await nextWritten()
      if (failure) throw failure
    },
  }
}
