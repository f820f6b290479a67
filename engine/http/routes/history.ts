/** @file `/history`: what ended, oldest first, streamed from the database in slices. */
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { historyLimit, type JobDatabase } from '../../history/job-database.ts'
import { refuse } from '../http-error.ts'
import { type BodyLimits, readJsonObject } from '../read-body.ts'
import { type EngineRoute, pathValue, queryValue, sendStatus } from '../route.ts'

/** Entries read at a time, so that a long history does not hold the event loop. */
const sliceLength = 50

export function historyRoutes({ database, limits }: { database: JobDatabase; limits: BodyLimits }): EngineRoute[] {
  return [
    {
      method: 'GET',
      path: '/history',
      handle(request, reply) {
        const maxItems = integerQuery(queryValue(request, 'max_items'), 'max_items')
        const offset = integerQuery(queryValue(request, 'offset'), 'offset')
        const count = database.historyCount()
        const first = firstIndex(count, maxItems, offset)
        const wanted = Math.min(maxItems ?? historyLimit, historyLimit)
        return reply
          .type('application/json; charset=utf-8')
          .send(Readable.from(historyText(database, first, wanted), { objectMode: false }))
      },
    },
    {
      method: 'GET',
      path: '/history/:promptId',
      handle(request, reply) {
        const found = database.findEnded(pathValue(request, 'promptId'))
        const text = found?.inHistory ? `{${JSON.stringify(found.promptId)}:${found.entry}}` : '{}'
        return reply.type('application/json; charset=utf-8').send(text)
      },
    },
    {
      method: 'POST',
      path: '/history',
      async handle(request, reply) {
        const body = await readJsonObject(request.raw, limits)
        if (body.clear) database.clearEnded()
        if (Array.isArray(body.delete)) database.deleteEnded(body.delete.filter((id) => typeof id === 'string'))
        return sendStatus(reply, 200)
      },
    },
  ]
}

/** The index of the first entry: `max_items` alone counts from the newest. */
function firstIndex(count: number, maxItems: number | null, offset: number | null): number {
  if (offset !== null && offset >= 0) return offset
  return maxItems === null ? 0 : Math.max(0, count - maxItems)
}

async function* historyText(database: JobDatabase, first: number, count: number): AsyncGenerator<string> {
  yield '{'
  let position = count > 0 ? database.historyPosition(first) : null
  let separator = ''
  for (let left = count; position !== null && left > 0; ) {
    const rows = database.historyAfter(position, Math.min(left, sliceLength))
    if (rows.length === 0) break
    let text = ''
    for (const row of rows) {
      text += `${separator}${JSON.stringify(row.promptId)}:${row.entry}`
      separator = ','
    }
    yield text
    left -= rows.length
    position = rows.at(-1)!.position
    await setImmediate()
  }
  yield '}'
}

function integerQuery(text: string | undefined, name: string): number | null {
  if (text === undefined) return null
  if (!/^[+-]?\d{1,15}$/.test(text.trim())) throw refuse(400, `${name} must be an integer`)
  return Number(text)
}
