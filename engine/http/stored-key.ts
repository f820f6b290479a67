/** @file The hash of the pod's key as the web process stores it. Read again when the file changes: keys are rotated. */
import { readFileSync, statSync } from 'node:fs'

const hexHash = /^[0-9a-f]{64}$/

/**
 * @param path - the file with the SHA-256 of the key in hex
 * @returns a reader that gives the hash, or null while there is none
 */
export function createStoredKeyReader(path: string): () => string | null {
  let known: { mark: string; hash: string | null } | null = null
  return () => {
    try {
      const stats = statSync(path)
      const mark = `${stats.mtimeMs}-${stats.size}-${stats.ino}`
      if (known?.mark !== mark) {
        const text = readFileSync(path, 'utf8').trim().toLowerCase()
        known = { mark, hash: hexHash.test(text) ? text : null }
      }
      return known.hash
    } catch {
      known = null
      return null
    }
  }
}
