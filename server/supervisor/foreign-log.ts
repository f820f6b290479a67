/** @file The log of an engine that was not started here: asked of ComfyUI's `/internal/logs/raw`. */
import * as z from 'zod'
import type { EngineLogLine } from '#contracts/system'
import type { EngineAddress } from '../proxy/engine-target.ts'
import { parseLogLine } from './engine-log.ts'

const answerSchema = z.object({ entries: z.array(z.object({ t: z.string(), m: z.string() })) })
/** Lines an hour ago and now must not share an id, nor may ids depend on how many lines the engine keeps. */
const idOf = (time: number, place: number) => Math.floor(time * 1000) * 100 + (place % 100)

/** @returns the newest lines behind an id; none when it does not answer */
export async function foreignLog(
  address: EngineAddress | null,
  after: number,
  limit: number,
  now: number,
): Promise<EngineLogLine[]> {
  if (address === null) return []
  try {
    const response = await fetch(`${address.url}/internal/logs/raw`, {
      headers: address.apiKey === null ? {} : { 'X-API-Key': address.apiKey },
      signal: AbortSignal.timeout(5000),
    })
    const { entries } = answerSchema.parse(await response.json())
    let last = 0
    const lines = entries.flatMap(({ t, m }, place) => {
      const line = parseLogLine(`${t} - ${m}`, now)
      last = Math.max(last + 1, idOf(line.at, place))
      return line.text === '' ? [] : [{ id: last, ...line }]
    })
    return lines.filter((line) => line.id > after).slice(-limit)
  } catch {
    return []
  }
}
