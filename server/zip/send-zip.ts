/**
 * @file Sends the bytes of a planned archive, or any part of them. One file is open at a time; a file that is not what the
 * plan says breaks the answer, so that a complete answer is always right.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from '#platform/crc32'
import type { ByteRange } from '../files/byte-range.ts'
import { type RingWriter, SourceChangedError } from '../files/ring-writer.ts'
import {
  centralHeader,
  centralLength,
  descriptor,
  descriptorLength,
  endOfArchive,
  headerLength,
  localHeader,
  type ZipLayout,
} from './layout.ts'
import { absolutePath, type PlannedFile, type ZipPlan } from './plan.ts'

export interface SendZipOptions {
  root: string
  plan: ZipPlan
  layout: ZipLayout
  range: ByteRange
  writer: RingWriter
  /** Known checksums; asked in the plan's order. */
  findCrc(file: PlannedFile): Promise<number | undefined>
  /** Hears of every checksum that was computed. */
  onCrc(file: PlannedFile, crc32: number): void
  signal: AbortSignal
}

/** @throws SourceChangedError when a file went or changed; the signal's reason when it is aborted */
export async function sendZip(options: SendZipOptions): Promise<void> {
  const { plan, layout, range, writer, signal } = options
  const { files } = plan
  const crcs: (number | undefined)[] = new Array(files.length)
  /** Puts the part of a piece that lies in the range. */
  const put = async (bytes: Buffer, at: number) => {
    const from = Math.max(0, range.start - at)
    const to = Math.min(bytes.length, range.end - at)
    if (from < to) await writer.put(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }
  const crcOf = async (index: number) => {
    crcs[index] ??= (await options.findCrc(files[index]!)) ?? (await computeCrc(options, files[index]!))
    return crcs[index]
  }

  for (let index = firstWithin(layout, range.start); index < files.length; index++) {
    const file = files[index]!
    const at = layout.offsets[index]!
    if (at >= range.end) break
    signal.throwIfAborted()
    const dataAt = at + headerLength(layout.nameLengths[index]!, file.size)
    const descriptorAt = dataAt + file.size
    if (range.start < dataAt) await put(localHeader(Buffer.from(file.name), file.size, modifiedOf(file)), at)
    const from = Math.max(0, range.start - dataAt)
    const to = Math.min(file.size, range.end - dataAt)
    if (from < to) crcs[index] = await sendContent(options, file, from, to)
    if (range.end > descriptorAt && range.start < descriptorAt + descriptorLength(file.size)) {
      await put(descriptor(file.size, await crcOf(index)), descriptorAt)
    }
  }

  let at = layout.centralOffset
  for (const [index, file] of files.entries()) {
    if (at >= range.end) return
    const length = centralLength(layout.nameLengths[index]!, file.size, layout.offsets[index]!)
    if (range.start < at + length) {
      signal.throwIfAborted()
      const crc = await crcOf(index)
      await put(centralHeader(Buffer.from(file.name), file.size, modifiedOf(file), layout.offsets[index]!, crc), at)
    }
    at += length
  }
  await put(endOfArchive(files.length, layout), at)
}

/** Sends a stretch of a file. Gives its checksum where it is known, or was computed because the whole file went by. */
async function sendContent(
  options: SendZipOptions,
  file: PlannedFile,
  from: number,
  to: number,
): Promise<number | undefined> {
  if (file.content !== undefined) {
    await options.writer.put(Buffer.from(file.content, 'base64').subarray(from, to))
    return undefined
  }
  const known = await options.findCrc(file)
  const whole = from === 0 && to === file.size
  let computed = 0
  await withPlannedFile(options, file, (handle) =>
    options.writer.copy(
      handle,
      from,
      to - from,
      known === undefined && whole
        ? (bytes) => {
            computed = crc32(bytes, computed)
          }
        : undefined,
    ),
  )
  if (known !== undefined || !whole) return known
  options.onCrc(file, computed)
  return computed
}

/** Reads a file for its checksum only: its content lies before the range. */
async function computeCrc(options: SendZipOptions, file: PlannedFile): Promise<number> {
  if (file.content !== undefined) return crc32(Buffer.from(file.content, 'base64'))
  let value = 0
  await withPlannedFile(options, file, async (handle) => {
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(file.size, 1), 1024 * 1024))
    let at = 0
    while (at < file.size) {
      options.signal.throwIfAborted()
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, file.size - at), at)
      if (bytesRead === 0) throw new SourceChangedError(file.path)
      value = crc32(buffer.subarray(0, bytesRead), value)
      at += bytesRead
    }
  })
  options.onCrc(file, value)
  return value
}

/** Opens a file, and checks before and after its use that it is the planned one. */
async function withPlannedFile(
  { root }: SendZipOptions,
  file: PlannedFile,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(absolutePath(root, file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    throw new SourceChangedError(`${file.path} (${(error as NodeJS.ErrnoException).code})`)
  }
  try {
    await requireUnchanged(handle, file)
    await use(handle)
    await requireUnchanged(handle, file)
  } finally {
    await handle.close()
  }
}

/** The descriptor is asked, not the path: size and time in nanoseconds tell whether it is the file that was planned. */
async function requireUnchanged(handle: FileHandle, file: PlannedFile): Promise<void> {
  const stats = await handle.stat({ bigint: true })
  if (!stats.isFile() || Number(stats.size) !== file.size || String(stats.mtimeNs) !== file.mtimeNs) {
    throw new SourceChangedError(file.path)
  }
}

function modifiedOf(file: PlannedFile): number {
  return Number(BigInt(file.mtimeNs) / 1_000_000n)
}

/** The last entry that begins at or before a byte. */
function firstWithin({ offsets }: ZipLayout, byte: number): number {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (offsets[middle]! <= byte) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
