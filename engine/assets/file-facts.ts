/** @file What the disk says of a file that is to become an asset. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import sharp from 'sharp'
import { contentTypeOf, unknownType } from '../http/content-types.ts'
import type { AssetPlaces } from './asset-places.ts'
import type { FileFacts } from './asset-row.ts'
import type { FileAsset } from './file-records.ts'
import type { MetadataObject } from './metadata-values.ts'

/** Pixels beyond which a picture is not even asked for its size. */
const maxPixels = 1e9

export interface DescribeOptions {
  hash: string | null
  jobId: string | null
  /** Beside those of the place. */
  tags?: readonly string[]
  name?: string
  owner?: string
  userMetadata?: MetadataObject
  mimeType?: string | null
  previewId?: string | null
}

/** Null when there is no file with bytes in it, or no place for it. Links are followed. */
export async function describeFile(
  path: string,
  places: AssetPlaces,
  options: DescribeOptions,
): Promise<FileAsset | null> {
  const place = places.describe(path)
  const facts = place && (await readFileFacts(path, place.root))
  if (!facts) return null
  return {
    owner: options.owner ?? '',
    name: options.name ?? basename(path),
    hash: options.hash,
    size: facts.size,
    mimeType: options.mimeType ?? typeOf(path),
    file: facts,
    tags: [...new Set([...place.tags, ...(options.tags ?? [])])],
    userMetadata: { ...options.userMetadata, filename: place.filename },
    metadata: await pictureMetadata(path),
    previewId: options.previewId ?? null,
    jobId: options.jobId,
  }
}

export async function readFileFacts(path: string, root: FileFacts['root']): Promise<FileFacts | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null)
  if (!stats?.isFile() || stats.size === 0n) return null
  return { path, root, size: Number(stats.size), modifiedNs: String(stats.mtimeNs) }
}

const typeOf = (path: string) => {
  const type = contentTypeOf(path)
  return type === unknownType ? null : type
}

/** The header only; what is no picture has none. */
async function pictureMetadata(path: string): Promise<MetadataObject> {
  if (!contentTypeOf(path).startsWith('image/')) return {}
  try {
    const { width, height } = await sharp(path, { limitInputPixels: maxPixels }).metadata()
    return { kind: 'image', width, height }
  } catch {
    return {}
  }
}
