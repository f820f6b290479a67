/** @file The `{inputs|outputs}/{path}` end of an address, judged once. */
import { type AssetType, assetTypeSchema } from '#contracts/assets'
import { parseRelativePath } from '#contracts/relative-path'
import { StudioError } from '../http/errors.ts'

export interface AssetPath {
  type: AssetType
  segments: string[]
  /** The segments joined with `/`. */
  path: string
}

/**
 * @param wildcard - the decoded rest of the address
 * @throws StudioError `not_found` for whatever names no visible asset; it does not tell why
 */
export function requireAssetPath(type: string, wildcard: string): AssetPath {
  const assetType = assetTypeSchema.safeParse(type)
  const segments = parseRelativePath(wildcard)
  if (!assetType.success || !segments || segments.some((segment) => segment.startsWith('.'))) {
    throw new StudioError('not_found', 'File not found')
  }
  return { type: assetType.data, segments, path: segments.join('/') }
}
