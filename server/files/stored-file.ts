/** @file Which file an address means: `{inputs|outputs}/{path}` beneath an asset root, or `trash/{id}/{name}[/{path}]` in the trash. */
import type { AssetType } from '#contracts/assets'
import { parseRelativePath } from '#contracts/relative-path'
import { StudioError } from '../http/errors.ts'
import { type AssetPath, requireAssetPath } from './asset-path.ts'

export interface StoredFile {
  /** Absolute path of the directory it lies beneath. */
  root: string
  /** Below `root`; judged, not looked for. */
  segments: string[]
  name: string
  /** As an asset: of a trashed file, what it was. */
  asset: AssetPath
  trashed: boolean
}

/** What the trash knows about its files; see `assets/trash.ts`. */
export interface TrashedFiles {
  readonly directory: string
  find(segments: readonly string[]): { segments: string[]; was: { type: AssetType; segments: string[] } } | null
}

/** @throws StudioError `not_found` for whatever names no visible file; it does not tell why */
export function requireStoredFile(
  { roots, trash }: { roots: Record<AssetType, string>; trash?: TrashedFiles | undefined },
  place: string,
  wildcard: string,
): StoredFile {
  if (place !== 'trash' || !trash) {
    const asset = requireAssetPath(place, wildcard)
    const { segments } = asset
    return { root: roots[asset.type], segments, name: segments.at(-1)!, asset, trashed: false }
  }
  const named = parseRelativePath(wildcard)
  const found = named?.some((segment) => segment.startsWith('.')) ? null : named && trash.find(named)
  if (!found) throw new StudioError('not_found', 'File not found')
  const { segments, was } = found
  const asset = { ...was, path: was.segments.join('/') }
  return { root: trash.directory, segments, name: was.segments.at(-1)!, asset, trashed: true }
}
