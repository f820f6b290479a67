/**
 * @file The place after which a page of assets begins: the sort value and id of the last asset before it. Opaque to
 * clients, bound to sort and order, and right whatever was added or deleted in between.
 */
import * as z from 'zod'
import { AssetError } from './errors.ts'

export const cursorSorts = ['name', 'created_at', 'updated_at', 'size'] as const
export const assetSorts = [...cursorSorts, 'last_access_time'] as const
export type AssetSort = (typeof assetSorts)[number]
export type SortOrder = 'asc' | 'desc'

export interface Cursor {
  value: string | number
  id: string
}

const maxLength = 4096

const cursorSchema = z.strictObject({
  sort: z.enum(cursorSorts),
  order: z.enum(['asc', 'desc']),
  value: z.union([z.string(), z.int()]),
  id: z.uuid(),
})

export function encodeCursor(sort: AssetSort, order: SortOrder, { value, id }: Cursor): string {
  return Buffer.from(JSON.stringify({ sort, order, value, id })).toString('base64url')
}

/** @throws AssetError INVALID_CURSOR for garbage, and for a cursor of another sort or order */
export function decodeCursor(text: string, sort: AssetSort, order: SortOrder): Cursor {
  if (sort === 'last_access_time') {
    throw new AssetError('INVALID_CURSOR', 'A listing by last_access_time has no cursor: reading moves its assets.')
  }
  const parsed = cursorSchema.safeParse(parseText(text))
  if (!parsed.success) throw new AssetError('INVALID_CURSOR', 'The cursor is not one of this listing.')
  const { value, id } = parsed.data
  if (parsed.data.sort !== sort || parsed.data.order !== order) {
    throw new AssetError('INVALID_CURSOR', `The cursor belongs to ${parsed.data.sort}, ${parsed.data.order}.`)
  }
  if ((typeof value === 'string') !== (sort === 'name')) {
    throw new AssetError('INVALID_CURSOR', 'The cursor is not one of this listing.')
  }
  return { value, id }
}

function parseText(text: string): unknown {
  if (text.length > maxLength || !/^[\w-]+$/.test(text)) return null
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
