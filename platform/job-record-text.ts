/** @file `job.json` as text. Its graph and what belongs to that keep whole numbers beyond 2^53 exactly: seeds are such. */
import { type JobRecord, jobRecordSchema } from '#contracts/jobs'
import { parseExact, stringifyExact } from './exact-json.ts'

/** What came from clients, as far as it is run again or shown to them. */
const exactParts = ['prompt', 'extra_data', 'history'] as const

/** The record without a check of its shape, for text that the engine itself wrote. @throws SyntaxError */
export function parseKnownRecord(text: string): JobRecord {
  const record = JSON.parse(text) as JobRecord
  const exact = parseExact(text) as JobRecord
  return { ...record, ...Object.fromEntries(exactParts.map((key) => [key, exact[key]])) }
}

/** @returns null when the text is no record that this version understands */
export function parseRecord(text: string): JobRecord | null {
  try {
    return jobRecordSchema.safeParse(parseKnownRecord(text)).data ?? null
  } catch {
    return null
  }
}

export function recordText(record: JobRecord): string {
  return stringifyExact(record)
}
