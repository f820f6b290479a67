/** @file CRC-32 (IEEE 802.3, as zip and PNG use it). Node's native one where it exists (20.15 and later). */
import * as zlib from 'node:zlib'

type Crc32 = (data: Uint8Array, value?: number) => number

const native = (zlib as unknown as { crc32?: Crc32 }).crc32

/**
 * Continues a checksum over more bytes.
 * @param value - checksum so far; 0 to begin
 * @returns unsigned 32-bit checksum
 */
export const crc32: Crc32 = native ?? crc32InScript

const table = native ? null : makeTable()

function makeTable(): Uint32Array {
  const entries = new Uint32Array(256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    entries[n] = c >>> 0
  }
  return entries
}

function crc32InScript(data: Uint8Array, value = 0): number {
  let c = ~value >>> 0
  for (const byte of data) c = table![(c ^ byte) & 0xff] ^ (c >>> 8)
  return ~c >>> 0
}
