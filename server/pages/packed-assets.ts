/**
 * @file Scripts and styles as the build packed them (`scripts/pack-pages.mjs`): a third of the bytes, and no work per
 * request. What is not packed is Next's to answer. Names carry a hash of what is in them, so they are kept for good.
 */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const endings = { br: '.br', gzip: '.gz' } as const
type Coding = keyof typeof endings

/** By address, the codings there are. Only what was found on the disk is ever opened. */
export type PackedAssets = ReadonlyMap<string, readonly Coding[]>

/** @param directory - absolute path of `.next/static`; without one, or with nothing packed in it, the map is empty */
export async function findPackedAssets(directory: string): Promise<PackedAssets> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(directory.length)),
  )
  const codings = Object.keys(endings) as Coding[]
  return new Map(
    [...files].flatMap((file) => {
      const packed = codings.filter((coding) => files.has(file + endings[coding]))
      return packed.length > 0 ? [[`/_next/static${file}`, packed] as const] : []
    }),
  )
}

export interface PackedAsset {
  file: FileHandle
  headers: Record<string, string | number>
}

/**
 * Opens an asset as this client takes it.
 * @param path - of the request, without query
 * @param accepted - its `Accept-Encoding`
 * @returns null where it goes as it is: the client takes none, none was packed, or a newer build is in its place
 */
export async function openPackedAsset(
  assets: PackedAssets,
  directory: string,
  path: string,
  accepted: string | undefined,
): Promise<PackedAsset | null> {
  const coding = assets.get(path)?.find((one) => takes(accepted, one))
  if (coding === undefined) return null
  const address = path.slice('/_next/static'.length)
  const file = await open(join(directory, address + endings[coding])).catch(() => null)
  if (file === null) return null
  const { size } = await file.stat()
  return {
    file,
    headers: {
      'content-type': path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
      'content-encoding': coding,
      'content-length': size,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    },
  }
}

/** Whether a coding is named and not refused with `q=0` (RFC 9110 section 12.5.3). `*` is left to the plain answer. */
function takes(accepted: string | undefined, coding: Coding): boolean {
  return (accepted ?? '').split(',').some((part) => {
    const [name, ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
