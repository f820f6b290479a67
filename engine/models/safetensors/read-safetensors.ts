/**
 * @file Reads the header of a `.safetensors` file: which tensors it holds, of which type and shape, and where their
 * bytes lie. The bytes themselves are never read here; the runtime maps them. The header comes from a stranger, and the
 * runtime trusts what this returns, so every number is checked against the file.
 * @see https://huggingface.co/docs/safetensors (format: 8 bytes length, JSON header, data without holes)
 */
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { NodeError } from '../../nodes/define.ts'
import { identifyModelFile } from '../identify-file.ts'
import { type Dtype, dtypeBytes, isDtype } from './dtypes.ts'
import { findDuplicateKey } from './duplicate-key.ts'

export interface SafetensorsEntry {
  dtype: Dtype
  shape: readonly number[]
  /** Of its first byte, from the beginning of the file. */
  offset: number
  /** Length in bytes: the product of the shape times the size of one element. */
  bytes: number
}

export interface SafetensorsFile {
  /** Absolute, no link on the way. */
  path: string
  /** As the user knows it, for messages. */
  name: string
  size: number
  /** Changes when the file is replaced or rewritten: device, inode, size, time. */
  identity: string
  metadata: Readonly<Record<string, string>>
  /** In the order of the header. */
  tensors: ReadonlyMap<string, SafetensorsEntry>
}

/** SDXL's header has 0.3 MB; LoRAs carry a few MB of training notes in theirs. */
const maxHeaderBytes = 32 * 1024 * 1024
const maxTensors = 100_000
const maxDimensions = 16
const prefixBytes = 8

/**
 * @param path - of a file, or of a link to one
 * @throws NodeError naming the file and what to do: missing, not safetensors (a pickle, a web page, ...), cut short,
 * damaged
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const name = basename(path)
  const real = await realpath(path).catch(() => null)
  if (real === null) throw new NodeError(`${name} does not exist`, 'FileNotFoundError')
  // Not waiting: a pipe in the folder must not hold a thread for ever.
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) throw new NodeError(`${name} is not a file`)
    const format = await identifyModelFile(real, name)
    if (format !== 'safetensors')
      throw new NodeError(`${name} is an ${format} model; a .safetensors file is needed here`)
    const size = Number(stats.size)
    const { text, dataStart } = await readHeader(handle, size, name)
    const { metadata, tensors } = parseHeader(text, { dataStart, size, name })
    return { path: real, name, size, identity: identityOf(stats), metadata, tensors }
  } finally {
    await handle.close()
  }
}

/**
 * The places of tensors are those of the file that was read: another file under its name has other things there.
 * @throws NodeError when the file was replaced, rewritten or removed since it was read
 */
export async function requireUnchanged(file: SafetensorsFile): Promise<void> {
  const stats = await stat(file.path, { bigint: true }).catch(() => null)
  if (!stats) throw new NodeError(`${file.name} is gone`, 'FileNotFoundError')
  if (identityOf(stats) !== file.identity)
    throw new NodeError(`${file.name} was replaced while it was in use: run again`)
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs].join(':')
}

async function readHeader(handle: FileHandle, size: number, name: string) {
  const prefix = await readExactly(handle, 0, prefixBytes, name)
  const length = Number(prefix.readBigUInt64LE(0))
  if (length > maxHeaderBytes) damaged(name, `its header claims ${length} bytes`)
  const dataStart = prefixBytes + length
  if (dataStart > size) damaged(name, 'it ends within its header; download it again')
  const bytes = await readExactly(handle, prefixBytes, length, name)
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), dataStart }
  } catch {
    return damaged(name, 'its header is not UTF-8')
  }
}

async function readExactly(handle: FileHandle, position: number, length: number, name: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await handle.read(bytes, 0, length, position)
  return bytesRead === length ? bytes : damaged(name, 'it ends within its header; download it again')
}

interface HeaderPlace {
  dataStart: number
  size: number
  name: string
}

function parseHeader(text: string, place: HeaderPlace) {
  const { name } = place
  const header = parseObject(text, name)
  const duplicate = findDuplicateKey(text)
  if (duplicate !== null) damaged(name, `its header says "${shorten(duplicate)}" twice`)
  const entries = Object.entries(header)
  if (entries.length > maxTensors) damaged(name, `its header lists ${entries.length} tensors`)
  let metadata: Readonly<Record<string, string>> = {}
  const tensors = new Map<string, SafetensorsEntry>()
  for (const [key, value] of entries) {
    if (key === '__metadata__') metadata = parseMetadata(value, name)
    else tensors.set(key, parseEntry(key, value, place))
  }
  if (tensors.size === 0) damaged(name, 'it holds no tensors')
  checkCoverage(tensors, place)
  return { metadata, tensors }
}

function parseObject(text: string, name: string): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    damaged(name, 'its header is not JSON')
  }
  return isRecord(header) ? header : damaged(name, 'its header is not a JSON object')
}

function parseMetadata(value: unknown, name: string): Readonly<Record<string, string>> {
  if (!isRecord(value)) return damaged(name, 'its metadata is not a JSON object')
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  // Without a prototype, so that no key means more than it says.
  return Object.assign(Object.create(null), Object.fromEntries(texts))
}

function parseEntry(key: string, value: unknown, { dataStart, size, name }: HeaderPlace): SafetensorsEntry {
  const tensor = `tensor "${shorten(key)}"`
  if (!isRecord(value)) return damaged(name, `${tensor} is not described`)
  const { dtype, shape, data_offsets: offsets } = value
  if (!isDtype(dtype)) {
    throw new NodeError(
      `${name}: ${tensor} has the type ${shorten(JSON.stringify(dtype) ?? 'none')}, which this engine does not know`,
    )
  }
  if (!isCounts(shape) || shape.length > maxDimensions) return damaged(name, `${tensor} has no usable shape`)
  if (!isCounts(offsets) || offsets.length !== 2) return damaged(name, `${tensor} does not say where it lies`)
  const [begin, end] = offsets as [number, number]
  const bytes = byteLength(shape, dtype)
  if (bytes === null || end - begin !== bytes) {
    return damaged(name, `${tensor} takes ${end - begin} bytes, not what its shape [${shape.join(', ')}] needs`)
  }
  if (dataStart + end > size) {
    return damaged(
      name,
      `it is cut short: ${tensor} ends ${dataStart + end - size} bytes after the file; download it again`,
    )
  }
  return { dtype, shape, offset: dataStart + begin, bytes }
}

/** @returns null when the product is beyond exact whole numbers */
function byteLength(shape: readonly number[], dtype: Dtype): number | null {
  let total: number = dtypeBytes[dtype]
  for (const size of shape) {
    total *= size
    if (!Number.isSafeInteger(total)) return null
  }
  return total
}

/** The format allows neither holes nor overlaps; both could hide what another reader would see. */
function checkCoverage(tensors: ReadonlyMap<string, SafetensorsEntry>, { dataStart, size, name }: HeaderPlace): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes)
  let end = dataStart
  for (const [key, { offset, bytes }] of sorted) {
    if (offset < end) damaged(name, `tensor "${shorten(key)}" overlaps the one before it`)
    if (offset > end) damaged(name, `${offset - end} bytes before tensor "${shorten(key)}" belong to nothing`)
    end = offset + bytes
  }
  if (end !== size) damaged(name, `${size - end} bytes at its end belong to nothing`)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names come from strangers, of any length. */
function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function damaged(name: string, reason: string): never {
  throw new NodeError(`${name} is damaged: ${reason}`)
}
