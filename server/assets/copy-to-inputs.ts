/**
 * @file Copies outputs to the input directory, so that a workflow can start from them and they outlive their job. The copy
 * is made under a hidden name and becomes visible when it is complete and durable.
 */
import { createWriteStream } from 'node:fs'
import { mkdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { UploadResult } from '#contracts/assets'
import { mediaKindOfName } from '#contracts/media'
import { parseRelativePath } from '#contracts/relative-path'
import { isOutOfSpace, syncDirectory, temporaryPathBeside } from '#platform/files/durable-write'
import { type OpenedFile, openBeneath } from '#platform/files/open-beneath'
import { type SniffedType, sniffLength, sniffMediaType } from '#platform/media-type'
import { StudioError } from '../http/errors.ts'
import type { Ledger } from '../storage/ledger.ts'
import { type FinishedFile, type PublishOptions, publishUpload } from './publish-upload.ts'

export interface CopyToInputsOptions extends Omit<PublishOptions, 'time' | 'onName'> {
  /** Absolute path of the output root. */
  outputs: string
  ledger: Ledger
  now: () => Date
  /** Breaks the copying off; nothing stays then. */
  signal: AbortSignal
}

const chunkBytes = 1024 * 1024

/**
 * @param paths - relative to the output root
 * @returns the names of the copies in the order of the paths, and `<path>: <reason>` for what was refused
 * @throws StudioError `insufficient_storage`; the signal's reason
 */
export async function copyToInputs(paths: readonly string[], options: CopyToInputsOptions): Promise<UploadResult> {
  const { directory, now } = options
  const result: UploadResult = { uploaded: [], errors: [] }
  await mkdir(directory, { recursive: true })
  try {
    for (const path of paths) {
      const copied = await copyOne(path, options)
      if ('reason' in copied) result.errors.push(`${path}: ${copied.reason}`)
      else result.uploaded.push(await publishUpload(copied, { ...options, time: now() }))
    }
    if (result.uploaded.length > 0) await syncDirectory(directory)
    return result
  } catch (error) {
    // Nobody will be told these names, so they must not stay.
    for (const name of result.uploaded) await unlink(join(directory, name)).catch(() => undefined)
    throw error
  }
}

async function copyOne(
  path: string,
  { outputs, directory, ledger, signal }: CopyToInputsOptions,
): Promise<FinishedFile | { reason: string }> {
  const segments = parseRelativePath(path)
  const visible = segments !== null && !segments.some((segment) => segment.startsWith('.'))
  const source = visible ? await openBeneath(outputs, segments) : null
  if (!source) return { reason: 'there is no such file' }
  try {
    const type = await typeOf(source)
    if (!type || mediaKindOfName(type.extension) === null) return { reason: 'not a supported image or video' }
    const room = await ledger.reserve(Number(source.stats.size))
    try {
      const temporary = await copyDurably(source, temporaryPathBeside(join(directory, 'copy')), signal)
      return { original: segments!.at(-1)!, temporary, type }
    } finally {
      room.release()
    }
  } finally {
    await source.handle.close()
  }
}

async function typeOf({ handle }: OpenedFile): Promise<SniffedType | null> {
  const head = Buffer.alloc(sniffLength)
  const { bytesRead } = await handle.read(head, 0, sniffLength, 0)
  return sniffMediaType(head.subarray(0, bytesRead))
}

/** From the descriptor, not from the path, which may be another file by now. */
async function copyDurably(source: OpenedFile, temporary: string, signal: AbortSignal): Promise<string> {
  try {
    await pipeline(
      source.handle.createReadStream({ start: 0, autoClose: false, highWaterMark: chunkBytes }),
      createWriteStream(temporary, { flags: 'wx', flush: true }),
      { signal },
    )
    return temporary
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    if (!isOutOfSpace(error)) throw error
    throw new StudioError('insufficient_storage', 'No space left on the disk: delete something first', { cause: error })
  }
}
