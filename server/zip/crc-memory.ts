/** @file Checksums that were computed, by file: a file is read for its checksum once in its life. */
import { createFileMemory, type FileMemory } from '../storage/file-memory.ts'

/** Unsigned CRC-32 of whole files; times in nanoseconds. */
export type CrcMemory = FileMemory<number>

const pattern = /^[0-9a-f]{8}$/

/** @param file - absolute path of the log */
export function createCrcMemory(file: string): CrcMemory {
  return createFileMemory<number>({
    file,
    write: (crc32) => crc32.toString(16).padStart(8, '0'),
    read: (text) => (pattern.test(text) ? Number.parseInt(text, 16) : null),
  })
}
