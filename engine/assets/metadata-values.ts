/**
 * @file What `metadata_filter` compares: every value of an asset's metadata as one text, so that a match is equality
 * and can be looked up. Types are strict (`1`, `"1"` and `true` differ, `1` is `1.0`); a list stands for its elements.
 * Pure; `list-query.ts` looks up.
 */

export type MetadataObject = Record<string, unknown>

/** One searchable value of an asset. */
export interface MetadataValue {
  key: string
  text: string
}

/** A key of a filter: any of the texts, or the key absent. */
export interface MetadataCondition {
  key: string
  texts: string[]
  orAbsent: boolean
}

/** Stands for a key that is there and has nothing to compare with: an empty list. */
const presence = '[]'

/**
 * @param metadata - found by the server
 * @param userMetadata - wins where both have a key
 */
export function metadataValues(metadata: MetadataObject, userMetadata: MetadataObject): MetadataValue[] {
  const values: MetadataValue[] = []
  for (const [key, value] of new Map([...Object.entries(metadata), ...Object.entries(userMetadata)])) {
    if (value === null) continue
    const texts = Array.isArray(value) ? value.filter((item) => item !== null).map(valueText) : [valueText(value)]
    for (const text of new Set(texts.length > 0 ? texts : [presence])) values.push({ key, text })
  }
  return values
}

/** @returns a condition per key; all of them have to hold */
export function metadataConditions(filter: MetadataObject): MetadataCondition[] {
  return Object.entries(filter).map(([key, value]) => {
    const wanted = Array.isArray(value) ? value : [value]
    return {
      key,
      texts: [...new Set(wanted.filter((item) => item !== null).map(valueText))],
      orAbsent: wanted.includes(null),
    }
  })
}

/** How many values a metadata object has to compare; what bounds the work of storing it. */
export function countMetadataValues(metadata: MetadataObject): number {
  let count = 0
  for (const value of Object.values(metadata)) count += Array.isArray(value) ? value.length : 1
  return count
}

/** JSON, with the keys of objects in one order. */
function valueText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
