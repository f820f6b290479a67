/**
 * @file Remembers plans for a day, on disk too, so that a download is resumed to the same bytes although newer files exist
 * and although the studio was restarted. One file per plan, one line per entry.
 */
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as z from 'zod'
import type { PlannedFile, ZipPlan } from './plan.ts'

export interface PlanStore {
  remember(plan: ZipPlan): Promise<void>
  /** A remembered plan that is not too old, or null. */
  find(id: string): Promise<ZipPlan | null>
  /** The plan of everything that was remembered last, or null. */
  newestWhole(): Promise<ZipPlan | null>
}

export interface PlanStoreOptions {
  /** Absolute path; made when it is missing. */
  directory: string
  /** Milliseconds since 1970. */
  now: () => number
}

const maxAge = 24 * 3_600_000
const maxPlans = 40
/** Plans of ten thousand jobs are several megabytes; only those in use stay in memory. */
const maxInMemory = 4
const idPattern = /^[0-9a-f]{32}$/

const headSchema = z.object({
  id: z.string().regex(idPattern),
  createdAt: z.number(),
  scope: z.enum(['outputs', 'selection', 'inputs']),
  count: z.int(),
})
const fileSchema = z.object({
  path: z.string(),
  name: z.string(),
  size: z.int(),
  mtimeNs: z.string(),
  rawPath: z.string().optional(),
  content: z.string().optional(),
})

interface Known {
  id: string
  createdAt: number
  scope: ZipPlan['scope']
}

export function createPlanStore({ directory, now }: PlanStoreOptions): PlanStore {
  /** Oldest use first. */
  const known = new Map<string, Known>()
  const inMemory = new Map<string, ZipPlan>()
  const ready = load()

  async function load(): Promise<void> {
    const found: Known[] = []
    for (const name of await readdir(directory).catch(() => [])) {
      const head = await readHead(join(directory, name))
      if (head && name === fileNameOf(head.id)) found.push(head)
      else await rm(join(directory, name), { force: true })
    }
    for (const head of found.sort((a, b) => a.createdAt - b.createdAt)) known.set(head.id, head)
    await prune()
  }

  async function prune(): Promise<void> {
    for (const { id, createdAt } of [...known.values()]) {
      if (known.size <= maxPlans && now() - createdAt <= maxAge) continue
      known.delete(id)
      inMemory.delete(id)
      await rm(join(directory, fileNameOf(id)), { force: true })
    }
  }

  function keepInMemory(plan: ZipPlan): void {
    inMemory.delete(plan.id)
    inMemory.set(plan.id, plan)
    for (const id of inMemory.keys()) {
      if (inMemory.size <= maxInMemory) break
      inMemory.delete(id)
    }
  }

  async function find(id: string): Promise<ZipPlan | null> {
    await ready
    const head = known.get(id)
    if (!head || now() - head.createdAt > maxAge) return null
    const plan = inMemory.get(id) ?? (await readPlan(join(directory, fileNameOf(id))))
    if (!plan) {
      known.delete(id)
      return null
    }
    keepInMemory(plan)
    return plan
  }

  return {
    find,
    async remember(plan) {
      await ready
      const before = known.get(plan.id)
      known.delete(plan.id)
      // A selection of everything is the same archive as everything.
      const scope = before?.scope === 'outputs' ? 'outputs' : plan.scope
      known.set(plan.id, { id: plan.id, createdAt: plan.createdAt, scope })
      keepInMemory({ ...plan, scope })
      if (before && plan.createdAt - before.createdAt < maxAge / 24) return
      await writePlan(directory, plan)
      await prune()
    },
    async newestWhole() {
      await ready
      const newest = [...known.values()].reverse().find((plan) => plan.scope === 'outputs')
      return newest ? find(newest.id) : null
    },
  }
}

function fileNameOf(id: string): string {
  return `${id}.ndjson`
}

async function writePlan(directory: string, plan: ZipPlan): Promise<void> {
  await mkdir(directory, { recursive: true })
  const target = join(directory, fileNameOf(plan.id))
  const handle = await open(`${target}.new`, 'w', 0o600)
  try {
    const { id, createdAt, scope, files } = plan
    await handle.write(`${JSON.stringify({ id, createdAt, scope, count: files.length })}\n`)
    // A few hundred lines at a time: rendering ten thousand jobs at once would hold the event loop.
    for (let at = 0; at < files.length; at += 500) {
      await handle.write(
        files
          .slice(at, at + 500)
          .map((file) => `${JSON.stringify(file)}\n`)
          .join(''),
      )
    }
  } finally {
    await handle.close()
  }
  await rename(`${target}.new`, target)
}

async function readHead(path: string): Promise<z.infer<typeof headSchema> | null> {
  for await (const line of linesOf(path)) return parseLine(headSchema, line)
  return null
}

async function readPlan(path: string): Promise<ZipPlan | null> {
  let head: z.infer<typeof headSchema> | null = null
  const files: PlannedFile[] = []
  for await (const line of linesOf(path)) {
    if (head) {
      const file = parseLine(fileSchema, line)
      if (!file) return null
      files.push(file as PlannedFile)
    } else {
      head = parseLine(headSchema, line)
      if (!head) return null
    }
  }
  if (!head || files.length !== head.count) return null
  return { id: head.id, createdAt: head.createdAt, scope: head.scope, files }
}

/** The lines of a file; none when it cannot be read. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  let failed = false
  input.on('error', () => {
    failed = true
    lines.close()
  })
  try {
    for await (const line of lines) yield line
  } finally {
    lines.close()
    input.destroy()
  }
  if (failed) return
}

function parseLine<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    return schema.parse(JSON.parse(line))
  } catch {
    return null
  }
}
