/** @file Listings of the catalogue: filters, sorting and pages as SQL. Reads only. */
import type { Database } from '#platform/database'
import { type Asset, assetColumns, readAssetRow } from './asset-row.ts'
import type { AssetSort, Cursor, SortOrder } from './cursor.ts'
import type { MetadataCondition } from './metadata-values.ts'
import type { TagCount } from './tag-store.ts'

export interface AssetFilter {
  /** All of these. */
  includeTags: readonly string[]
  /** None of these. */
  excludeTags: readonly string[]
  /** Part of the name in any case, or empty. */
  nameContains: string
  hash: string | null
  metadata: readonly MetadataCondition[]
  /** Whose assets are seen besides everyone's; null for all. */
  owner: string | null
}

export interface AssetPage {
  sort: AssetSort
  order: SortOrder
  limit: number
  /** Ignored with a cursor. */
  offset: number
  after: Cursor | null
}

interface Condition {
  sql: string
  parameters: (string | number)[]
}

/** @returns one asset more than the limit where there is one, and how many match in all */
export function listAssets(
  database: Database,
  filter: AssetFilter,
  page: AssetPage,
): { assets: Asset[]; total: number; more: boolean } {
  const matching = conditionOf(filter)
  const { total } = database
    .prepare(`SELECT count(*) AS total FROM assets a WHERE ${matching.sql}`)
    .get(...matching.parameters) as { total: number }

  const after: Condition = page.after
    ? {
        sql: ` AND (a.${page.sort}, a.id) ${page.order === 'asc' ? '>' : '<'} (?, ?)`,
        parameters: [page.after.value, page.after.id],
      }
    : { sql: '', parameters: [] }
  const direction = page.order === 'asc' ? 'ASC' : 'DESC'
  const rows = database
    .prepare(
      `SELECT ${assetColumns} FROM assets a WHERE ${matching.sql}${after.sql}
       ORDER BY a.${page.sort} ${direction}, a.id ${direction} LIMIT ? OFFSET ?`,
    )
    .all(...matching.parameters, ...after.parameters, page.limit + 1, page.after ? 0 : page.offset)
  return { assets: rows.slice(0, page.limit).map(readAssetRow), total, more: rows.length > page.limit }
}

/** Tags of the matching assets, most used first. */
export function countTags(database: Database, filter: AssetFilter, limit: number): TagCount[] {
  const matching = conditionOf(filter)
  const rows = database
    .prepare(
      `SELECT t.name AS name, count(*) AS count FROM assets a JOIN asset_tags x ON x.asset = a.number
       JOIN tags t ON t.number = x.tag WHERE ${matching.sql} GROUP BY t.number ORDER BY count DESC, t.name LIMIT ?`,
    )
    .all(...matching.parameters, limit) as TagCount[]
  return rows.map(({ name, count }) => ({ name, count }))
}

function conditionOf(filter: AssetFilter): Condition {
  const conditions: Condition[] = [{ sql: 'a.listed = 1', parameters: [] }]
  const add = (sql: string, ...parameters: (string | number)[]) => conditions.push({ sql, parameters })

  if (filter.owner !== null) add(`a.owner IN ('', ?)`, filter.owner)
  for (const tag of filter.includeTags) {
    add('a.number IN (SELECT asset FROM asset_tags WHERE tag = (SELECT number FROM tags WHERE name = ?))', tag)
  }
  if (filter.excludeTags.length > 0) {
    const names = filter.excludeTags.map(() => '?').join(', ')
    add(
      `a.number NOT IN (SELECT asset FROM asset_tags WHERE tag IN (SELECT number FROM tags WHERE name IN (${names})))`,
      ...filter.excludeTags,
    )
  }
  // Not LIKE: `%` and `_` are ordinary, and letters beyond ASCII have two cases as well.
  if (filter.nameContains !== '') add('instr(a.folded_name, ?) > 0', filter.nameContains.toLowerCase())
  if (filter.hash !== null) add('a.hash = ?', filter.hash)
  for (const { key, texts, orAbsent } of filter.metadata) {
    const absent = 'NOT EXISTS (SELECT 1 FROM asset_values v WHERE v.asset = a.number AND v.key = ?)'
    const any = `a.number IN (SELECT asset FROM asset_values WHERE key = ? AND text IN (${texts.map(() => '?').join(', ')}))`
    if (orAbsent && texts.length > 0) add(`(${absent} OR ${any})`, key, key, ...texts)
    else if (orAbsent) add(absent, key)
    else add(any, key, ...texts)
  }
  return {
    sql: conditions.map((condition) => condition.sql).join(' AND '),
    parameters: conditions.flatMap((condition) => condition.parameters),
  }
}
