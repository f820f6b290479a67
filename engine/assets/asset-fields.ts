/** @file What requests say of an asset: the shapes shared by JSON bodies, queries and the fields of an upload's form. */
import * as z from 'zod'
import { isDeeperThan, maxJsonDepth } from '../http/read-body.ts'
import type { AssetDetails } from './catalogue.ts'
import { parseContentHash } from './content-hash.ts'
import { AssetError, invalidField, parseWith } from './errors.ts'
import { countMetadataValues, type MetadataObject } from './metadata-values.ts'

const maxMetadataValues = 1000

export const metadataObject = z
  .record(z.string(), z.unknown())
  .refine((object) => countMetadataValues(object) <= maxMetadataValues, `At most ${maxMetadataValues} values are kept.`)
export const assetName = z.string().trim().min(1).max(512)
const tagName = z.string().trim().min(1).max(512)
export const tagNames = z.array(tagName).max(200)
export const assetId = z.uuid()

/** @throws AssetError of that code */
export function jsonObject(code: 'INVALID_QUERY' | 'INVALID_BODY', field: string, text: string): MetadataObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalidField(code, field, `${field} is not JSON.`)
  }
  if (isDeeperThan(value, maxJsonDepth)) throw invalidField(code, field, `${field} is nested too deeply.`)
  const parsed = metadataObject.safeParse(value)
  if (!parsed.success) throw invalidField(code, field, `${field} must be a JSON object.`)
  return parsed.data
}

/** @throws AssetError INVALID_HASH */
export function requireHash(text: string): string {
  const hash = parseContentHash(text)
  if (hash === null) throw new AssetError('INVALID_HASH', 'A hash is blake3: and 64 hexadecimal digits.')
  return hash
}

/** What the fields of an upload say. @throws AssetError */
export function uploadDetails(
  fields: ReadonlyMap<string, readonly string[]>,
  owner: string,
): { details: AssetDetails; hash: string | null } {
  if (fields.has('id')) throw new AssetError('UNSUPPORTED_FIELD', 'The server makes the id.', { field: 'id' })
  const last = (field: string) => {
    const text = fields.get(field)?.at(-1)?.trim()
    return text === '' ? undefined : text
  }
  const parsed = parseWith(
    z.object({
      name: assetName.optional(),
      mime_type: z.string().max(255).optional(),
      preview_id: assetId.optional(),
      tags: tagNames,
    }),
    {
      name: last('name'),
      mime_type: last('mime_type'),
      preview_id: last('preview_id'),
      tags: tagsOfForm(fields.get('tags') ?? []),
    },
    'INVALID_BODY',
  )
  const metadata = last('user_metadata')
  const hash = last('hash')
  return {
    details: {
      ...{ owner, name: parsed.name ?? null, tags: parsed.tags },
      userMetadata: metadata === undefined ? {} : jsonObject('INVALID_BODY', 'user_metadata', metadata),
      ...{ mimeType: parsed.mime_type ?? null, previewId: parsed.preview_id ?? null },
    },
    hash: hash === undefined ? null : requireHash(hash),
  }
}

/** Each value a JSON array, a comma list or one tag. */
function tagsOfForm(values: readonly string[]): string[] {
  const tags = values.flatMap((value): string[] => {
    try {
      const parsed: unknown = JSON.parse(value)
      if (Array.isArray(parsed) && parsed.every((each) => typeof each === 'string')) return parsed
    } catch {
      // No JSON: a comma list or one tag.
    }
    return value.split(',')
  })
  return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))]
}
