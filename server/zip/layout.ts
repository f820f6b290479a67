/**
 * @file Where every byte of a stored zip lies, from names and sizes alone; and the bytes that are not file content.
 * Checksums come later: they stand in the descriptor behind a file and in the central directory, never before it.
 *
 * Format: PKWARE APPNOTE 6.3.10. Entries are stored, with a data descriptor and UTF-8 names; ZIP64 records appear as soon
 * as a 32-bit or 16-bit field could not hold its value (or would hold the marker value itself).
 */

/** What the layout needs to know of a file. */
export interface LayoutFile {
  /** Path inside the archive. */
  name: string
  /** Bytes. */
  size: number
}

export interface ZipLayout {
  /** Offset of each entry's local header. */
  offsets: Float64Array
  /** UTF-8 bytes of each name. */
  nameLengths: Uint16Array
  centralOffset: number
  centralSize: number
  /** Bytes of the whole archive. */
  size: number
}

const max32 = 0xffffffff
const max16 = 0xffff

const localHeaderBytes = 30
const zip64LocalExtraBytes = 20
const descriptorBytes = 16
const zip64DescriptorBytes = 24
const centralHeaderBytes = 46
const zip64CentralExtraBytes = 28
const endBytes = 22
const zip64EndBytes = 56 + 20

/** Bit 3: sizes and checksum follow the data; bit 11: the name is UTF-8. */
const flags = 0x0808
const versionStored = 20
const versionZip64 = 45
const madeByUnix = 3 << 8
/** A regular file, readable by all, writable by its owner. */
const unixMode = 0o100644

export function computeLayout(files: readonly LayoutFile[]): ZipLayout {
  const offsets = new Float64Array(files.length)
  const nameLengths = new Uint16Array(files.length)
  let offset = 0
  let centralSize = 0
  for (const [index, file] of files.entries()) {
    const nameLength = Buffer.byteLength(file.name)
    if (nameLength > max16) throw new RangeError('a zip entry name has at most 65535 bytes')
    offsets[index] = offset
    nameLengths[index] = nameLength
    centralSize += centralHeaderBytes + nameLength + (needsZip64(file.size, offset) ? zip64CentralExtraBytes : 0)
    offset += headerLength(nameLength, file.size) + file.size + descriptorLength(file.size)
  }
  const zip64 = endNeedsZip64(files.length, offset, centralSize)
  const size = offset + centralSize + endBytes + (zip64 ? zip64EndBytes : 0)
  return { offsets, nameLengths, centralOffset: offset, centralSize, size }
}

/** Bytes of a local header. */
export function headerLength(nameLength: number, size: number): number {
  return localHeaderBytes + nameLength + (size >= max32 ? zip64LocalExtraBytes : 0)
}

export function descriptorLength(size: number): number {
  return size >= max32 ? zip64DescriptorBytes : descriptorBytes
}

/** @param modified - milliseconds since 1970; archives hold two-second steps, in UTC here */
export function localHeader(name: Buffer, size: number, modified: number): Buffer {
  const zip64 = size >= max32
  const header = Buffer.alloc(headerLength(name.length, size))
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(zip64 ? versionZip64 : versionStored, 4)
  header.writeUInt16LE(flags, 6)
  writeDosTime(header, 10, modified)
  if (zip64) {
    header.writeUInt32LE(max32, 18)
    header.writeUInt32LE(max32, 22)
  }
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(zip64 ? zip64LocalExtraBytes : 0, 28)
  name.copy(header, localHeaderBytes)
  if (zip64) {
    // Tells a reader without the central directory that the descriptor has 8-byte sizes.
    const extra = localHeaderBytes + name.length
    header.writeUInt16LE(0x0001, extra)
    header.writeUInt16LE(16, extra + 2)
  }
  return header
}

export function descriptor(size: number, crc32: number): Buffer {
  const bytes = Buffer.alloc(descriptorLength(size))
  bytes.writeUInt32LE(0x08074b50, 0)
  bytes.writeUInt32LE(crc32, 4)
  if (size >= max32) {
    bytes.writeBigUInt64LE(BigInt(size), 8)
    bytes.writeBigUInt64LE(BigInt(size), 16)
  } else {
    bytes.writeUInt32LE(size, 8)
    bytes.writeUInt32LE(size, 12)
  }
  return bytes
}

export function centralLength(nameLength: number, size: number, offset: number): number {
  return centralHeaderBytes + nameLength + (needsZip64(size, offset) ? zip64CentralExtraBytes : 0)
}

export function centralHeader(name: Buffer, size: number, modified: number, offset: number, crc32: number): Buffer {
  const zip64 = needsZip64(size, offset)
  const header = Buffer.alloc(centralLength(name.length, size, offset))
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(madeByUnix | (zip64 ? versionZip64 : versionStored), 4)
  header.writeUInt16LE(zip64 ? versionZip64 : versionStored, 6)
  header.writeUInt16LE(flags, 8)
  writeDosTime(header, 12, modified)
  header.writeUInt32LE(crc32, 16)
  header.writeUInt32LE(zip64 ? max32 : size, 20)
  header.writeUInt32LE(zip64 ? max32 : size, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(zip64 ? zip64CentralExtraBytes : 0, 30)
  header.writeUInt32LE((unixMode << 16) >>> 0, 38)
  header.writeUInt32LE(zip64 ? max32 : offset, 42)
  name.copy(header, centralHeaderBytes)
  if (zip64) {
    const extra = centralHeaderBytes + name.length
    header.writeUInt16LE(0x0001, extra)
    header.writeUInt16LE(24, extra + 2)
    header.writeBigUInt64LE(BigInt(size), extra + 4)
    header.writeBigUInt64LE(BigInt(size), extra + 12)
    header.writeBigUInt64LE(BigInt(offset), extra + 20)
  }
  return header
}

/** The end records. */
export function endOfArchive(count: number, { centralOffset, centralSize }: ZipLayout): Buffer {
  const zip64 = endNeedsZip64(count, centralOffset, centralSize)
  const bytes = Buffer.alloc(endBytes + (zip64 ? zip64EndBytes : 0))
  let at = 0
  if (zip64) {
    bytes.writeUInt32LE(0x06064b50, 0)
    bytes.writeBigUInt64LE(44n, 4)
    bytes.writeUInt16LE(madeByUnix | versionZip64, 12)
    bytes.writeUInt16LE(versionZip64, 14)
    bytes.writeBigUInt64LE(BigInt(count), 24)
    bytes.writeBigUInt64LE(BigInt(count), 32)
    bytes.writeBigUInt64LE(BigInt(centralSize), 40)
    bytes.writeBigUInt64LE(BigInt(centralOffset), 48)
    bytes.writeUInt32LE(0x07064b50, 56)
    bytes.writeBigUInt64LE(BigInt(centralOffset + centralSize), 64)
    bytes.writeUInt32LE(1, 72)
    at = zip64EndBytes
  }
  bytes.writeUInt32LE(0x06054b50, at)
  bytes.writeUInt16LE(zip64 ? max16 : count, at + 8)
  bytes.writeUInt16LE(zip64 ? max16 : count, at + 10)
  bytes.writeUInt32LE(zip64 ? max32 : centralSize, at + 12)
  bytes.writeUInt32LE(zip64 ? max32 : centralOffset, at + 16)
  return bytes
}

function needsZip64(size: number, offset: number): boolean {
  return size >= max32 || offset >= max32
}

function endNeedsZip64(count: number, centralOffset: number, centralSize: number): boolean {
  return count >= max16 || centralOffset >= max32 || centralSize >= max32
}

/** MS-DOS time and date; years before 1980 and after 2107 do not exist there. */
function writeDosTime(target: Buffer, at: number, modified: number): void {
  const date = new Date(Math.min(Math.max(modified, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)))
  target.writeUInt16LE((date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1), at)
  target.writeUInt16LE(
    ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(),
    at + 2,
  )
}
