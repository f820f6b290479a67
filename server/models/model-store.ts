/**
 * @file Puts a model file into its folder, complete or not at all: bytes gather in a hidden file beside its later place, are
 * judged by content, made durable, and get their name at last. Also deletes one.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, realpath, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRelativePath } from '#contracts/relative-path'
import { isOutOfSpace, publishFile, temporaryPrefix } from '#platform/files/durable-write'
import { openBeneath } from '#platform/files/open-beneath'
import { StudioError } from '../http/errors.ts'
import { judgedBytes, refuseContent, refuseName } from './judge-model.ts'
import type { ModelHashes } from './model-hashes.ts'

export interface ModelPlace {
  folder: string
  filename: string
}

/** What brings the bytes: another piece of the same upload finds them again, even after a restart; a download ends with the process. */
export type Transfer = { upload: { size: number } } | { download: string }

/** The hidden file of a transfer, opened for appending. */
export interface PartialModel {
  readonly path: string
  received: number
}

export interface ModelStore {
  /** Where a transfer's bytes gather. @throws StudioError `invalid_request` (name), `conflict` (it is there already) */
  partial(place: ModelPlace, transfer: Transfer): Promise<PartialModel>
  /** Writes behind what is there. @throws StudioError `insufficient_storage`, `invalid_request` when the beginning is no model */
  append(place: ModelPlace, partial: PartialModel, chunks: AsyncIterable<Buffer>, size: number | null): Promise<void>
  /** Judges the whole, gives it its name. @throws StudioError `invalid_request`; then nothing is left of it */
  publish(place: ModelPlace, partial: PartialModel, expected?: string): Promise<string>
  discard(partial: PartialModel): Promise<void>
  /** @returns bytes freed. @throws StudioError `not_found`, `forbidden` */
  remove(folder: string, file: string): Promise<number>
}

export interface ModelStoreOptions {
  /** Absolute path of the model directory of this studio. */
  root: string
  hashes: ModelHashes
  /** Told of every change: `folder`, `file`. */
  onChanged: (folder: string, file: string) => void
}

/** Begin the names of hidden files; `sweep-partials.ts` knows by them what nobody takes up again. */
export const uploadPrefix = `${temporaryPrefix}model-`
export const downloadPrefix = `${uploadPrefix}download-`

export function createModelStore({ root, hashes, onChanged }: ModelStoreOptions): ModelStore {
  async function directoryOf(folder: string): Promise<string> {
    await mkdir(join(root, folder), { recursive: true })
    const real = await realpath(join(root, folder))
    if (real !== join(await realpath(root), folder)) throw new StudioError('forbidden', 'This model folder is a link')
    return real
  }

  return {
    async partial({ folder, filename }, transfer) {
      const reason = refuseName(folder, filename)
      if (reason) throw new StudioError('invalid_request', `${filename}: ${reason}`)
      const directory = await directoryOf(folder)
      if (await lstat(join(directory, filename)).catch(() => null)) {
        throw new StudioError('conflict', `${folder}/${filename} is there already`)
      }
      const isUpload = 'upload' in transfer
      const words = isUpload ? `upload ${transfer.upload.size}` : transfer.download
      const name = createHash('sha256').update(`${filename}\n${words}`).digest('hex').slice(0, 24)
      const path = join(directory, `${isUpload ? uploadPrefix : downloadPrefix}${name}`)
      const stats = await lstat(path).catch(() => null)
      return { path, received: stats?.isFile() ? stats.size : 0 }
    },

    async append({ filename }, partial, chunks, size) {
      const handle = await open(partial.path, 'a+')
      try {
        for await (const chunk of chunks) {
          await writeWhole(handle, chunk)
          const before = partial.received
          partial.received += chunk.length
          if (before < judgedBytes && (partial.received >= judgedBytes || partial.received === size)) {
            await judge(filename, handle, size)
          }
        }
        await handle.sync()
      } catch (error) {
        if (isOutOfSpace(error)) {
          throw new StudioError('insufficient_storage', 'No space left on the disk: delete something first', {
            cause: error,
          })
        }
        throw error
      } finally {
        await handle.close()
      }
    },

    async publish({ folder, filename }, partial, expected) {
      const path = `${folder}/${filename}`
      try {
        const handle = await open(partial.path, 'r')
        try {
          await judge(filename, handle, (await handle.stat()).size)
        } finally {
          await handle.close()
        }
        const sha256 = await hashOf(partial.path)
        if (expected !== undefined && sha256 !== expected) {
          throw new StudioError(
            'invalid_request',
            `${filename} is not the file that was expected: its SHA-256 is ${sha256}`,
          )
        }
        const target = join(await directoryOf(folder), filename)
        await publishFile(partial.path, target, { exclusive: true })
        const stats = await stat(target)
        await hashes.remember(path, stats.size, stats.mtimeMs / 1000, sha256).catch(() => undefined)
        onChanged(folder, filename)
        return sha256
      } catch (error) {
        await unlink(partial.path).catch(() => undefined)
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
          throw new StudioError('conflict', `${path} is there already`, { cause: error })
        }
        throw error
      }
    },

    async discard(partial) {
      await rm(partial.path, { force: true })
    },

    async remove(folder, file) {
      const segments = parseRelativePath(`${folder}/${file}`)
      if (!segments || segments.some((segment) => segment.startsWith('.'))) {
        throw new StudioError('invalid_request', 'Not a model file')
      }
      const opened = await openBeneath(root, segments)
      if (!opened) throw new StudioError('not_found', 'There is no such model file in this studio')
      await opened.handle.close()
      await unlink(opened.path)
      onChanged(folder, file)
      return Number(opened.stats.size)
    },
  }
}

async function judge(filename: string, handle: FileHandle, size: number | null): Promise<void> {
  const head = Buffer.alloc(judgedBytes)
  const { bytesRead } = await handle.read(head, 0, judgedBytes, 0)
  const reason = refuseContent(filename, head.subarray(0, bytesRead), size)
  if (reason) throw new StudioError('invalid_request', `${filename}: ${reason}`)
}

async function writeWhole(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await handle.write(chunk, written)).bytesWritten
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Names a transfer that nobody takes up again. */
export const newTransfer = () => randomBytes(8).toString('hex')
