/** @file An asset as the wire has it. Null fields are left out. */
import { posix } from 'node:path'
import type { AssetPlaces } from './asset-places.ts'
import type { Asset } from './asset-row.ts'

/** ISO, UTC, without a zone suffix. @param time - Unix milliseconds */
const wireTime = (time: number) => new Date(time).toISOString().replace('Z', '')

export function assetAnswer(asset: Asset, places: AssetPlaces): Record<string, unknown> {
  const facts = asset.file === null ? null : places.describe(asset.file.path)
  const answer: Record<string, unknown> = {
    id: asset.id,
    name: asset.name,
    hash: asset.hash,
    asset_hash: asset.hash,
    size: asset.size,
    mime_type: asset.mimeType,
    tags: asset.tags,
    preview_url: facts === null || facts.root === 'models' ? null : viewAddress(facts.root, facts.filename),
    preview_id: asset.previewId,
    user_metadata: asset.userMetadata,
    metadata: Object.keys(asset.metadata).length > 0 ? asset.metadata : null,
    is_immutable: false,
    job_id: asset.jobId,
    prompt_id: asset.jobId,
    created_at: wireTime(asset.createdAt),
    updated_at: wireTime(asset.updatedAt),
    last_access_time: wireTime(asset.lastAccessTime),
    loader_path: facts?.root === 'models' ? facts.filename : null,
    display_name: facts === null ? null : posix.basename(facts.filename),
    file_path:
      facts === null ? null : facts.root === 'models' ? `models/${facts.filename}` : `${facts.root}/${facts.filename}`,
  }
  return Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null))
}

function viewAddress(type: 'input' | 'output', filename: string): string {
  const query = new URLSearchParams({ type, filename: posix.basename(filename) })
  const subfolder = posix.dirname(filename)
  if (subfolder !== '.') query.set('subfolder', subfolder)
  return `/api/view?${query}`
}
