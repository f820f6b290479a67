/** @file Tags in the catalogue: on assets, and all that were ever used with how many listed assets have them. */
import type { Database } from '#platform/database'

/** Given by the catalogue to assets without a file. */
export const missingTag = 'missing'

export interface TagQuery {
  /** Beginning of the name, case-sensitive. */
  prefix: string
  order: 'count_desc' | 'name_asc'
  /** Also tags that no listed asset has. */
  includeZero: boolean
  /** Whose assets are counted besides everyone's; null for all. */
  owner: string | null
  limit: number
  offset: number
}

export interface TagCount {
  name: string
  count: number
}

export type TagStore = ReturnType<typeof createTagStore>

export function createTagStore(database: Database) {
  const insertTag = database.prepare('INSERT INTO tags (name) VALUES (?) ON CONFLICT (name) DO NOTHING')
  const findTag = database.prepare('SELECT number FROM tags WHERE name = ?')
  const insertAssetTag = database.prepare('INSERT OR IGNORE INTO asset_tags (tag, asset) VALUES (?, ?)')
  const deleteAssetTag = database.prepare('DELETE FROM asset_tags WHERE tag = ? AND asset = ?')

  const numberOf = (name: string) => (findTag.get(name) as { number: number } | undefined)?.number

  return {
    /** @returns whether the asset did not have it */
    add(asset: number, name: string): boolean {
      let tag = numberOf(name)
      if (tag === undefined) {
        insertTag.run(name)
        tag = numberOf(name)!
      }
      return insertAssetTag.run(tag, asset).changes > 0
    },

    /** @returns whether the asset had it */
    remove(asset: number, name: string): boolean {
      const tag = numberOf(name)
      return tag !== undefined && deleteAssetTag.run(tag, asset).changes > 0
    },

    list(query: TagQuery): { tags: TagCount[]; total: number } {
      const ofOwner = query.owner === null ? '' : `AND a.owner IN ('', ?)`
      const counted = `
        SELECT t.name AS name, (SELECT count(*) FROM asset_tags x JOIN assets a ON a.number = x.asset
          WHERE x.tag = t.number AND a.listed = 1 ${ofOwner}) AS count
        FROM tags t WHERE substr(t.name, 1, length(?)) = ?`
      const kept = `SELECT name, count FROM (${counted}) WHERE count >= ?`
      const parameters = [
        ...(query.owner === null ? [] : [query.owner]),
        query.prefix,
        query.prefix,
        query.includeZero ? 0 : 1,
      ]
      const order = query.order === 'name_asc' ? 'name' : 'count DESC, name'
      const total = database.prepare(`SELECT count(*) AS total FROM (${kept})`).get(...parameters) as { total: number }
      const rows = database
        .prepare(`${kept} ORDER BY ${order} LIMIT ? OFFSET ?`)
        .all(...parameters, query.limit, query.offset) as TagCount[]
      return { tags: rows.map(({ name, count }) => ({ name, count })), total: total.total }
    },
  }
}
