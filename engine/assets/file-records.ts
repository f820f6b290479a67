/**
 * @file What happens to assets when files appear, change, vanish and come back. A file is the same as long as its size
 * and time are; content is there as long as one unchanged file of it is. Decides on records only, reads no disk.
 */
import type { Asset, FileFacts, NewAsset } from './asset-row.ts'
import { assetColumns, readAssetRow } from './asset-row.ts'
import type { AssetStore } from './store.ts'
import { missingTag } from './tag-store.ts'

export type FileAsset = NewAsset & { file: FileFacts }

export function createFileRecords(store: AssetStore) {
  const { database } = store
  const currentAt = database.prepare(`SELECT ${assetColumns} FROM assets a WHERE a.path = ? AND a.missing = 0`)
  const missingAt = database.prepare(`SELECT ${assetColumns} FROM assets a WHERE a.path = ? AND a.missing = 1`)
  const others = database.prepare(
    'SELECT 1 FROM assets WHERE hash = ? AND path IS NOT NULL AND missing = 0 AND number <> ? LIMIT 1',
  )
  const referencesOf = database.prepare(`SELECT number FROM assets WHERE hash = ? AND path IS NULL`)
  const setMissing = database.prepare('UPDATE assets SET missing = ? WHERE number = ?')
  const forgetPath = database.prepare('UPDATE assets SET path = NULL, root = NULL, modified_ns = NULL WHERE number = ?')
  const erase = database.prepare('DELETE FROM assets WHERE number = ?')
  const eraseTags = database.prepare('DELETE FROM asset_tags WHERE asset = ?')
  const eraseValues = database.prepare('DELETE FROM asset_values WHERE asset = ?')
  const setHash = database.prepare('UPDATE assets SET hash = ? WHERE number = ?')
  const setJob = database.prepare('UPDATE assets SET job_id = ? WHERE number = ? AND job_id IS NULL')
  const below = database.prepare(`
    SELECT ${assetColumns} FROM assets a WHERE a.root = ? AND a.missing = 0 AND a.number > ? ORDER BY a.number LIMIT ?`)
  const unhashed = database.prepare(`
    SELECT ${assetColumns} FROM assets a WHERE a.hash IS NULL AND a.listed = 1 AND a.path IS NOT NULL
      AND a.number > ? AND (a.job_id IS NOT NULL OR a.created_at <= ?) ORDER BY a.number LIMIT 1`)

  const read = (row: unknown): Asset | null => (row ? readAssetRow(row) : null)

  function mark(number: number, missing: boolean): void {
    setMissing.run(missing ? 1 : 0, number)
    if (missing) store.tags.add(number, missingTag)
    else store.tags.remove(number, missingTag)
  }

  function eraseAsset(number: number): void {
    eraseTags.run(number)
    eraseValues.run(number)
    erase.run(number)
  }

  /** Its file is gone, or another one lies in its place. */
  function lose(asset: Asset): void {
    // Kept although nobody sees it: the file may come back, the deleted asset must not.
    if (asset.deleted) mark(asset.number, true)
    else if (asset.hash === null || others.get(asset.hash, asset.number)) eraseAsset(asset.number)
    else {
      mark(asset.number, true)
      for (const { number } of referencesOf.all(asset.hash) as { number: number }[]) mark(number, true)
    }
  }

  /** There is a file of this content again. */
  function findReferences(hash: string): void {
    for (const { number } of referencesOf.all(hash) as { number: number }[]) mark(number, false)
  }

  /** The asset that a file already has, not deleted ones; a file that came back brings its asset back. */
  function known(file: FileFacts, hash: string | null): { asset: Asset } | null {
    const current = read(currentAt.get(file.path))
    if (current && isSameFile(current, file) && (hash === null || current.hash === null || current.hash === hash)) {
      return { asset: current }
    }
    if (current) lose(current)
    for (const row of missingAt.all(file.path)) {
      const former = readAssetRow(row)
      if (!isSameFile(former, file) || (hash !== null && former.hash !== null && former.hash !== hash)) continue
      mark(former.number, false)
      if (former.hash !== null) findReferences(former.hash)
      return { asset: store.require(former.number) }
    }
    return null
  }

  function take(file: FileAsset, asset: Asset): Asset {
    if (file.hash !== null && asset.hash === null) {
      setHash.run(file.hash, asset.number)
      findReferences(file.hash)
    }
    if (file.jobId !== null) setJob.run(file.jobId, asset.number)
    return store.require(asset.number)
  }

  function add(file: FileAsset): Asset {
    const asset = store.add(file)
    if (file.hash !== null) findReferences(file.hash)
    return asset
  }

  return {
    /** The visible asset whose file lies here, or null. */
    at(path: string): Asset | null {
      const current = read(currentAt.get(path))
      return current && !current.deleted ? current : null
    },

    /** The asset of an unchanged file, deleted or not, or null when the file is new here. */
    find(file: FileFacts): Asset | null {
      const current = read(currentAt.get(file.path))
      return current && isSameFile(current, file) ? current : null
    },

    /**
     * A file that a scan came across: new ones become assets, deleted assets stay deleted.
     * @returns whether an asset was made; part of the caller's transaction
     */
    encounter(file: FileAsset): boolean {
      const found = known(file.file, file.hash)
      if (!found) add(file)
      return !found
    },

    /**
     * A file that was written on purpose: it has a visible asset afterwards, the one it had or a new one.
     * @returns the asset
     */
    register(file: FileAsset): { asset: Asset; created: boolean } {
      return store.transaction(() => {
        const found = known(file.file, file.hash)
        if (found && !found.asset.deleted) return { asset: take(file, found.asset), created: false }
        if (found) forgetPath.run(found.asset.number)
        return { asset: add(file), created: true }
      })
    },

    lose: (asset: Asset): void => store.transaction(() => lose(asset)),

    /** Hides an asset whose place the engine no longer looks at. */
    markMissing: (asset: Asset): void => store.transaction(() => mark(asset.number, true)),

    /** The content of a registered file, found out later. */
    learnHash(asset: Asset, hash: string): void {
      store.transaction(() => {
        setHash.run(hash, asset.number)
        findReferences(hash)
      })
    },

    /** Assets with a file below a root, in slices; also the deleted ones. */
    below: (root: string, afterNumber: number, limit: number): Asset[] =>
      below.all(root, afterNumber, limit).map(readAssetRow),

    /**
     * The next asset whose file was never read: of a run, or known for long enough that nobody still writes it.
     * @param knownSince - Unix milliseconds
     */
    nextUnhashed: (afterNumber: number, knownSince: number): Asset | null =>
      read(unhashed.get(afterNumber, knownSince)),
  }
}

export type FileRecords = ReturnType<typeof createFileRecords>

export function isSameFile(asset: Asset, file: Pick<FileFacts, 'size' | 'modifiedNs'>): boolean {
  return asset.size === file.size && asset.file?.modifiedNs === file.modifiedNs
}
