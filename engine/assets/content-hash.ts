/**
 * @file Content as the catalogue names it: `blake3:` and 64 hex digits. Hashes streams and files in chunks that are
 * short enough (a quarter of a millisecond each) for requests to go on meanwhile.
 */
import { open } from 'node:fs/promises'
import blake from '@napi-rs/blake-hash'

const hashPattern = /^blake3:[0-9a-f]{64}$/
/** Bytes hashed in one go. */
const chunkSize = 1024 * 1024

export interface ContentHasher {
  update(bytes: Buffer): void
  /** @returns `blake3:<64 hex>` */
  digest(): string
}

export function createContentHasher(): ContentHasher {
  const hasher = new blake.Blake3Hasher()
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => `blake3:${hasher.digest('hex')}`,
  }
}

/** The hash in its one spelling, or null when the text is none. Digits may be of any case. */
export function parseContentHash(text: string): string | null {
  const hash = text.trim().toLowerCase()
  return hashPattern.test(hash) ? hash : null
}

/** The digits alone, as they stand in file names. */
export function hexDigest(hash: string): string {
  return hash.slice('blake3:'.length)
}

/**
 * The hash of a file. The next chunk is read while one is hashed.
 * @throws errors of the system; the signal's reason
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const handle = await open(path, 'r')
  const hasher = createContentHasher()
  let [current, next] = [Buffer.allocUnsafe(chunkSize), Buffer.allocUnsafe(chunkSize)]
  const read = (buffer: Buffer) => handle.read(buffer, 0, chunkSize, null)
  let pending = read(current)
  try {
    for (;;) {
      const { bytesRead } = await pending
      signal?.throwIfAborted()
      if (bytesRead === 0) return hasher.digest()
      pending = read(next)
      // Awaited at the next turn; a failure until then must not count as unhandled.
      pending.catch(() => undefined)
      hasher.update(current.subarray(0, bytesRead))
      ;[current, next] = [next, current]
    }
  } finally {
    await pending.catch(() => undefined)
    await handle.close()
  }
}
