/**
 * @file The asset catalogue in SQLite: assets by id and content by hash. What files mean for it is `file-records.ts`,
 * listings are `list-query.ts`. Synchronous and small per call; knows no HTTP and touches no file but its own.
 */
import { type Database, openDatabase } from '#platform/database'
import { type Asset, assetColumns, type FileFacts, type NewAsset, readAssetRow } from './asset-row.ts'
import { type AssetFilter, type AssetPage, countTags, listAssets } from './list-query.ts'
import { metadataValues } from './metadata-values.ts'
import { migrateAssetSchema } from './schema.ts'
import { createTagStore, type TagQuery } from './tag-store.ts'

export interface AssetStoreOptions {
  /** Unix milliseconds. */
  now: () => number
  newId: () => string
}

export interface AssetChanges {
  name?: string
  userMetadata?: Asset['userMetadata']
  previewId?: string | null
  mimeType?: string
}

/**
 * @param path - the database file; made when it is not there
 * @throws when another process holds the file or it is damaged
 */
export function openAssetStore(path: string, { now, newId }: AssetStoreOptions) {
  const database: Database = openDatabase(path)
  try {
    migrateAssetSchema(database)
  } catch (error) {
    database.close()
    throw error
  }
  const tags = createTagStore(database)

  const insert = database.prepare(`
    INSERT INTO assets (id, owner, name, folded_name, hash, size, mime_type, path, root, modified_ns, user_metadata,
      metadata, preview_id, job_id, created_at, updated_at, last_access_time)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const byId = database.prepare(`SELECT ${assetColumns} FROM assets a WHERE a.id = ? AND a.deleted = 0`)
  const byNumber = database.prepare(`SELECT ${assetColumns} FROM assets a WHERE a.number = ?`)
  const update = database.prepare(`
    UPDATE assets SET name = ?, folded_name = ?, user_metadata = ?, preview_id = ?, mime_type = ?, updated_at = ?
    WHERE number = ?`)
  const hide = database.prepare('UPDATE assets SET deleted = 1, updated_at = ? WHERE id = ? AND deleted = 0')
  const touch = database.prepare('UPDATE assets SET last_access_time = ? WHERE number = ? AND last_access_time < ?')
  const markUpdated = database.prepare('UPDATE assets SET updated_at = ? WHERE number = ?')
  const insertValue = database.prepare('INSERT OR IGNORE INTO asset_values (asset, key, text) VALUES (?, ?, ?)')
  const deleteValues = database.prepare('DELETE FROM asset_values WHERE asset = ?')
  const filesOfHash = database.prepare(`
    SELECT ${assetColumns} FROM assets a WHERE a.hash = ? AND a.path IS NOT NULL AND a.missing = 0 ORDER BY a.number`)
  const firstFileOfHash = database.prepare(`
    SELECT ${assetColumns} FROM assets a WHERE a.hash = ? AND a.path IS NOT NULL AND a.missing = 0 ORDER BY a.number LIMIT 1`)
  const anyOfHash = database.prepare(`SELECT ${assetColumns} FROM assets a WHERE a.hash = ? ORDER BY a.number LIMIT 1`)

  const require = (number: number): Asset => readAssetRow(byNumber.get(number))

  const writeValues = (number: number, metadata: Asset['metadata'], userMetadata: Asset['userMetadata']) => {
    deleteValues.run(number)
    for (const { key, text } of metadataValues(metadata, userMetadata)) insertValue.run(number, key, text)
  }

  /** Part of a transaction that is the caller's. */
  const add = (asset: NewAsset): Asset => {
    const time = now()
    const { lastInsertRowid } = insert.run(
      newId(),
      asset.owner,
      asset.name,
      asset.name.toLowerCase(),
      asset.hash,
      asset.size,
      asset.mimeType,
      asset.file?.path ?? null,
      asset.file?.root ?? null,
      asset.file?.modifiedNs ?? null,
      JSON.stringify(asset.userMetadata),
      JSON.stringify(asset.metadata),
      asset.previewId,
      asset.jobId,
      time,
      time,
      time,
    )
    const number = Number(lastInsertRowid)
    for (const tag of asset.tags) tags.add(number, tag)
    writeValues(number, asset.metadata, asset.userMetadata)
    return require(number)
  }

  return {
    database,
    tags,
    require,
    add,
    writeValues,

    /** Several changes that become durable together. */
    transaction: <T>(change: () => T): T => (database.transaction(change) as () => T)(),

    find(id: string): Asset | null {
      const row = byId.get(id.toLowerCase())
      return row ? readAssetRow(row) : null
    },

    /** Files that hold this content, whoever's assets they are: a deleted asset's file is still there. */
    filesOf: (hash: string): FileFacts[] => filesOfHash.all(hash).map((row) => readAssetRow(row).file!),

    /** True when a file of this content is known. */
    knows: (hash: string): boolean => firstFileOfHash.get(hash) !== undefined,

    /** Some asset of this content, for what is true of all of them. */
    anyOf(hash: string): Asset | null {
      const row = firstFileOfHash.get(hash) ?? anyOfHash.get(hash)
      return row ? readAssetRow(row) : null
    },

    update(asset: Asset, changes: AssetChanges): Asset {
      const name = changes.name ?? asset.name
      const userMetadata = changes.userMetadata ?? asset.userMetadata
      const previewId = changes.previewId === undefined ? asset.previewId : changes.previewId
      const change = () => {
        const mimeType = changes.mimeType ?? asset.mimeType
        const metadata = JSON.stringify(userMetadata)
        update.run(name, name.toLowerCase(), metadata, previewId, mimeType, now(), asset.number)
        if (changes.userMetadata) writeValues(asset.number, asset.metadata, userMetadata)
        return require(asset.number)
      }
      return (database.transaction(change) as () => Asset)()
    },

    /** Hides the record; its content stays. @returns false when it was hidden before */
    remove: (id: string): boolean => hide.run(now(), id.toLowerCase()).changes > 0,

    /** Moves the time of the last access forward. */
    touch(asset: Asset): void {
      const time = now()
      touch.run(time, asset.number, time)
    },

    /** @returns those that were new to the asset */
    addTags(asset: Asset, names: readonly string[]): string[] {
      const change = () => {
        const added = names.filter((name) => tags.add(asset.number, name))
        if (added.length > 0) markUpdated.run(now(), asset.number)
        return added
      }
      return (database.transaction(change) as () => string[])()
    },

    /** @returns those that the asset had */
    removeTags(asset: Asset, names: readonly string[]): string[] {
      const change = () => {
        const removed = names.filter((name) => tags.remove(asset.number, name))
        if (removed.length > 0) markUpdated.run(now(), asset.number)
        return removed
      }
      return (database.transaction(change) as () => string[])()
    },

    list: (filter: AssetFilter, page: AssetPage) => listAssets(database, filter, page),
    countTags: (filter: AssetFilter, limit: number) => countTags(database, filter, limit),
    listTags: (query: TagQuery) => tags.list(query),

    close(): void {
      database.close()
    },
  }
}

export type AssetStore = ReturnType<typeof openAssetStore>
