/** @file An asset as the catalogue keeps it, and how one is read from its row. */
import type { MetadataObject } from './metadata-values.ts'

export type AssetRoot = 'models' | 'input' | 'output' | 'temp'

/** A file as it was when it was registered: whether it is still the same is told by size and time. */
export interface FileFacts {
  /** Absolute. */
  path: string
  root: AssetRoot
  /** Bytes. */
  size: number
  /** Modification time, nanoseconds, decimal. */
  modifiedNs: string
}

export interface Asset {
  /** The catalogue's own key. */
  number: number
  id: string
  /** User id in multi-user mode, empty for what belongs to everyone. */
  owner: string
  name: string
  /** `blake3:<hex>`, null until the file was read. */
  hash: string | null
  size: number
  mimeType: string | null
  /** Null for a reference to content that other assets have the files of. */
  file: FileFacts | null
  tags: string[]
  userMetadata: MetadataObject
  /** Found by the server. */
  metadata: MetadataObject
  previewId: string | null
  /** Prompt id of the run that made it. */
  jobId: string | null
  /** Unix milliseconds, as the other times. */
  createdAt: number
  updatedAt: number
  lastAccessTime: number
  deleted: boolean
  /** No file of its content is left. */
  missing: boolean
}

/** What a new asset is made of; the rest is the catalogue's. */
export type NewAsset = Pick<Asset, 'owner' | 'name' | 'hash' | 'size' | 'mimeType' | 'file' | 'tags'> &
  Pick<Asset, 'userMetadata' | 'metadata' | 'previewId' | 'jobId'>

export const assetColumns = `a.number, a.id, a.owner, a.name, a.hash, a.size, a.mime_type, a.path, a.root, a.modified_ns,
  a.user_metadata, a.metadata, a.preview_id, a.job_id, a.created_at, a.updated_at, a.last_access_time, a.deleted, a.missing,
  (SELECT json_group_array(t.name) FROM asset_tags x JOIN tags t ON t.number = x.tag WHERE x.asset = a.number) AS tags`

interface AssetRow {
  number: number
  id: string
  owner: string
  name: string
  hash: string | null
  size: number
  mime_type: string | null
  path: string | null
  root: AssetRoot | null
  modified_ns: string | null
  user_metadata: string
  metadata: string
  preview_id: string | null
  job_id: string | null
  created_at: number
  updated_at: number
  last_access_time: number
  deleted: number
  missing: number
  tags: string
}

/** @param row - of a query for {@link assetColumns} */
export function readAssetRow(row: unknown): Asset {
  const read = row as AssetRow
  return {
    number: read.number,
    id: read.id,
    owner: read.owner,
    name: read.name,
    hash: read.hash,
    size: read.size,
    mimeType: read.mime_type,
    file:
      read.path === null
        ? null
        : { path: read.path, root: read.root!, size: read.size, modifiedNs: read.modified_ns ?? '' },
    tags: (JSON.parse(read.tags) as string[]).sort(),
    userMetadata: JSON.parse(read.user_metadata) as MetadataObject,
    metadata: JSON.parse(read.metadata) as MetadataObject,
    previewId: read.preview_id,
    jobId: read.job_id,
    createdAt: read.created_at,
    updatedAt: read.updated_at,
    lastAccessTime: read.last_access_time,
    deleted: read.deleted === 1,
    missing: read.missing === 1,
  }
}
