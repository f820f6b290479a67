/** @file Size and CRC-32 of a finished file, in one streaming read. The zip writer needs both before its first byte. */
import { createReadStream } from 'node:fs'
import { crc32 } from '#platform/crc32'

/** @returns size in bytes and the unsigned checksum of the whole file */
export async function readFileFacts(path: string): Promise<{ size: number; crc32: number }> {
  let size = 0
  let checksum = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    size += (chunk as Buffer).length
    checksum = crc32(chunk as Buffer, checksum)
  }
  return { size, crc32: checksum }
}
