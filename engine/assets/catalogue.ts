/**
 * @file The asset catalogue as the rest of the engine uses it: uploads, references to known content, files of runs, reading.
 * Owns the database, the places and the scanner; knows no HTTP.
 */
import { mkdir, rm, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { ResultFile, UiOutput } from '#contracts/comfy/messages'
import type { JobFile } from '#contracts/jobs'
import { isOutOfSpace, publishFile, syncFile } from '#platform/files/durable-write'
import { contentTypeOf } from '../http/content-types.ts'
import { HttpError } from '../http/http-error.ts'
import { createArrivals } from './arrivals.ts'
import { createAssetPlaces, type PlacesOptions } from './asset-places.ts'
import type { Asset } from './asset-row.ts'
import { createBackgroundHasher } from './background-hasher.ts'
import { hexDigest, parseContentHash } from './content-hash.ts'
import { destinationOf } from './destination.ts'
import { AssetError, assetNotFound } from './errors.ts'
import { describeFile, readFileFacts } from './file-facts.ts'
import { createFileRecords, isSameFile } from './file-records.ts'
import type { MetadataObject } from './metadata-values.ts'
import type { ReceivedAsset } from './receive-asset.ts'
import { createAssetScanner } from './scanner.ts'
import { openAssetStore } from './store.ts'

export interface CatalogueOptions extends PlacesOptions {
  /** Absolute path of the database file. */
  databasePath: string
  now: () => number
  newId: () => string
}

export interface AssetDetails {
  owner: string
  name: string | null
  tags: readonly string[]
  userMetadata: MetadataObject
  mimeType: string | null
  previewId: string | null
}

/** Longest extension that is kept of a sent name. */
const maxExtension = 16

/** @throws when the database is damaged or held by another process */
export function openCatalogue(options: CatalogueOptions) {
  const { directories, now, newId } = options
  const store = openAssetStore(options.databasePath, { now, newId })
  const places = createAssetPlaces(options)
  const records = createFileRecords(store)
  const hasher = createBackgroundHasher({ records, now })
  const arrivals = createArrivals()
  const scanner = createAssetScanner({ store, records, places, arrivals, onEnd: hasher.wake })

  function requirePreview(previewId: string | null): void {
    if (previewId !== null && store.find(previewId) === null) throw assetNotFound(previewId)
  }

  /** Another asset on content that is known. @throws AssetError ASSET_NOT_FOUND when it is not */
  function reference(hash: string, details: AssetDetails): Asset {
    requirePreview(details.previewId)
    return store.transaction(() => {
      const known = store.anyOf(hash)
      if (!known || !store.knows(hash)) throw new AssetError('ASSET_NOT_FOUND', 'No content has this hash.', { hash })
      return store.add({
        ...{ owner: details.owner, name: details.name ?? hexDigest(hash), hash, size: known.size, file: null },
        ...{ mimeType: details.mimeType ?? known.mimeType, tags: [...details.tags], metadata: known.metadata },
        ...{ userMetadata: details.userMetadata, previewId: details.previewId, jobId: null },
      })
    })
  }

  /**
   * An upload. Known content is not written again.
   * @param claimed - the hash that the client says it has
   */
  async function receive(
    file: ReceivedAsset['file'],
    claimed: string | null,
    details: AssetDetails,
  ): Promise<{ asset: Asset; createdNew: boolean }> {
    if (claimed !== null && store.knows(claimed)) {
      return { asset: reference(claimed, { ...details, name: details.name ?? file?.name ?? null }), createdNew: false }
    }
    if (!file) throw new AssetError('MISSING_FILE', 'The form has no file, and no content with this hash is known.')
    if (file.size === 0) throw new AssetError('EMPTY_UPLOAD', 'The file is empty.')
    if (claimed !== null && claimed !== file.hash) {
      throw new AssetError('HASH_MISMATCH', 'The file has another hash than the form says.', { hash: file.hash })
    }
    const name = details.name ?? (file.name || hexDigest(file.hash))
    if (store.knows(file.hash)) return { asset: reference(file.hash, { ...details, name }), createdNew: false }
    requirePreview(details.previewId)
    const directory = destinationOf(details.tags, places, directories)
    return arrivals.into(directory, async () => {
      const described = await describeFile(await place(file, directory), places, {
        ...{ hash: file.hash, jobId: null, name, owner: details.owner, userMetadata: details.userMetadata },
        ...{ mimeType: details.mimeType, previewId: details.previewId, tags: [...details.tags, 'uploaded'] },
      })
      if (!described) throw new AssetError('UPLOAD_IO_ERROR', 'The stored file could not be read again.')
      return { asset: records.register(described).asset, createdNew: true }
    })
  }

  /** Moves the received bytes to their place, named by what they are. @returns the absolute path */
  async function place(file: NonNullable<ReceivedAsset['file']>, directory: string): Promise<string> {
    const extension = extname(file.name).toLowerCase()
    const isPlain = /^\.[a-z0-9_-]+$/.test(extension) && extension.length <= maxExtension
    const path = join(directory, hexDigest(file.hash) + (isPlain ? extension : ''))
    try {
      await mkdir(directory, { recursive: true })
      await syncFile(file.temporary)
      await publishFile(file.temporary, path)
      return path
    } catch (error) {
      if (isOutOfSpace(error)) throw new HttpError(507, { error: 'The disk is full: the file was not stored.' })
      throw new AssetError('UPLOAD_IO_ERROR', 'The file could not be stored.')
    }
  }

  /** The file of an asset, or another one of the same content. @returns an absolute path, or null when none is left */
  async function fileOf(asset: Asset): Promise<string | null> {
    const candidates = asset.file ? [asset.file] : []
    if (asset.hash !== null) candidates.push(...store.filesOf(asset.hash))
    for (const file of candidates) {
      const facts = await readFileFacts(file.path, file.root)
      if (facts && facts.size === file.size && facts.modifiedNs === file.modifiedNs) return file.path
    }
    return null
  }

  function withId(entry: unknown): unknown {
    const file = entry as Partial<ResultFile> | null
    if (file?.type !== 'output' || typeof file.filename !== 'string') return entry
    const asset = records.at(join(directories.output, file.subfolder ?? '', file.filename))
    return asset ? { ...file, id: asset.id } : entry
  }

  return {
    store,
    places,
    scanner,
    /** For what ends with {@link register}. */
    arriving: arrivals.into,
    reference,
    receive,

    /** @throws AssetError ASSET_NOT_FOUND, or FORBIDDEN for another user's */
    require(id: string, owner: string | null): Asset {
      const asset = store.find(id)
      if (!asset) throw assetNotFound(id)
      if (owner !== null && asset.owner !== '' && asset.owner !== owner) {
        throw new AssetError('FORBIDDEN', 'The asset is another user’s.', { id })
      }
      return asset
    },

    /** A file that was written on purpose (an upload, a result of a run). @returns its asset; null when it is gone */
    async register(
      path: string,
      about: { hash: string | null; jobId: string | null; tags?: string[] },
    ): Promise<Asset | null> {
      const described = await describeFile(path, places, about)
      return described && records.register(described).asset
    },

    /** A file that a run has just finished. Synchronous: the message that names the file follows at once. */
    registerResult(file: JobFile, promptId: string): void {
      const path = join(directories.output, file.subfolder, file.filename)
      const place = places.describe(path)
      if (!place || file.size === 0) return
      const { width, height, size } = file
      const isPicture = file.media === 'image' && width !== null && height !== null
      records.register({
        ...{ owner: '', name: file.filename, hash: null, size, mimeType: contentTypeOf(file.filename) },
        ...{ tags: place.tags, userMetadata: { filename: place.filename }, previewId: null, jobId: promptId },
        metadata: isPicture ? { kind: 'image', width, height } : {},
        file: { path, root: place.root, size, modifiedNs: file.modified_ns },
      })
      hasher.wake()
    },

    /** What a node shows, each result file with the id of its asset. */
    withAssetIds: (output: UiOutput): UiOutput =>
      Object.fromEntries(
        Object.entries(output).map(([kind, entries]) => [kind, entries.map((entry) => withId(entry))]),
      ),

    fileOf,

    /** Deletes the file too, when no other asset needs its content. */
    async removeContent(asset: Asset): Promise<void> {
      if (!asset.file) return
      const others = asset.hash === null ? [] : store.filesOf(asset.hash)
      if (others.some((file) => file.path !== asset.file!.path)) return
      const facts = await stat(asset.file.path, { bigint: true }).catch(() => null)
      if (facts && isSameFile(asset, { size: Number(facts.size), modifiedNs: String(facts.mtimeNs) })) {
        await rm(asset.file.path, { force: true })
      }
    },

    /** The file of some content, with name and type of an asset that has it. @param text - a hash as it was sent */
    async findContent(text: string): Promise<{ path: string; name: string; type: string | null } | null> {
      const hash = parseContentHash(text)
      const asset = hash === null ? null : store.anyOf(hash)
      const path = asset && (await fileOf(asset))
      return path ? { path, name: asset.name, type: asset.mimeType } : null
    },

    requirePreview,
    temporaryDirectory: directories.input,

    /** Hides assets whose place the engine no longer looks at. @returns how many */
    prune(): number {
      let marked = 0
      for (const root of ['models', 'input', 'output', 'temp'] as const) {
        for (let last = 0; ; ) {
          const assets = records.below(root, last, 500)
          if (assets.length === 0) break
          for (const asset of assets) {
            if (places.describe(asset.file!.path) !== null) continue
            records.markMissing(asset)
            marked++
          }
          last = assets.at(-1)!.number
        }
      }
      return marked
    },

    async close(): Promise<void> {
      await scanner.close()
      await hasher.close()
      store.close()
    },
  }
}

export type Catalogue = ReturnType<typeof openCatalogue>
