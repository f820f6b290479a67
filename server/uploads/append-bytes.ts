/**
 * @file One part of an upload, from the socket to the end of its file. What arrived before a connection broke is kept, so
 * that only what was on the way is sent again; with a checksum a part counts whole or not at all.
 */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { isOutOfSpace } from '#platform/files/durable-write'
import { type SniffedType, sniffLength } from '#platform/media-type'
import { acceptedType, gather, writeAll } from '../assets/upload-bytes.ts'
import { StudioError } from '../http/errors.ts'
import type { Ledger } from '../storage/ledger.ts'

export interface Checksum {
  algorithm: string
  digest: Buffer
}

interface AppendOptions {
  /** Bytes that may still come. */
  limit: number
  ledger: Ledger
  /** Aborted when another request takes over. */
  signal: AbortSignal
  /** Called once there is enough to tell what the file is; throws to refuse it. */
  afterHead: () => Promise<void>
  /** The length of the file now. */
  onWritten: (offset: number) => void
}

/**
 * Fulfilled when all bytes of the part are durable.
 * @throws StudioError `insufficient_storage`, `payload_too_large`, `checksum_mismatch`; what `afterHead` throws; the
 * stream's error, or the signal's reason
 */
export async function appendBytes(
  path: string,
  {
    offset,
    length,
    checksum,
    body,
  }: { offset: number; length: number | null; checksum: Checksum | null; body: Readable },
  { limit, ledger, signal, afterHead, onWritten }: AppendOptions,
): Promise<void> {
  // From the first moment on: whoever takes over finds this connection broken, not answered and waited for.
  const leave = () => body.destroy(signal.reason)
  signal.addEventListener('abort', leave)
  const reservation = await ledger.reserve(length ?? 0)
  const handle = await open(path, 'a').catch((error) => {
    reservation.release()
    throw error
  })
  const hash = checksum && createHash(checksum.algorithm)
  const start = offset
  let end = offset
  let judged = false
  try {
    signal.throwIfAborted()
    for await (const chunks of gather(body)) {
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      if (end - start + bytes > limit) {
        throw new StudioError('payload_too_large', 'The part is longer than what was left of the upload')
      }
      if (length === null) await reservation.grow(bytes)
      await writeAll(handle, chunks, bytes)
      end += bytes
      if (hash) for (const chunk of chunks) hash.update(chunk)
      else onWritten(end)
      if (judged || (end < sniffLength && end - start < limit)) continue
      await afterHead()
      judged = true
    }
    if (hash && !hash.digest().equals(checksum.digest)) {
      throw new StudioError('checksum_mismatch', 'The part is not what its checksum says')
    }
    await handle.sync()
    onWritten(end)
  } catch (error) {
    // A failed write may have left a piece, and a part with a checksum counts only whole.
    await handle.truncate(hash ? start : end).catch(() => undefined)
    onWritten(hash ? start : end)
    if (!isOutOfSpace(error)) throw error
    throw new StudioError('insufficient_storage', 'No space left on the disk: delete something first', { cause: error })
  } finally {
    signal.removeEventListener('abort', leave)
    await handle.close().catch(() => undefined)
    reservation.release()
  }
}

/** What the first bytes of a file say it is, or null when it is nothing the studio takes. */
export async function sniffFile(path: string): Promise<SniffedType | null> {
  const handle = await open(path, 'r')
  try {
    const head = Buffer.alloc(sniffLength)
    const { bytesRead } = await handle.read(head, 0, sniffLength, 0)
    return acceptedType(head.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}
