/**
 * @file Queue and history in one SQLite table: a row per prompt that was accepted. A row holds the whole record until
 * the job ends, then the ready-made Comfy answers. An index: ended jobs can be read again from their folders.
 */
import type { JobRecord } from '#contracts/jobs'
import { type Database, openDatabase } from '#platform/database'
import { parseExact, stringifyExact } from '#platform/exact-json'
import { parseKnownRecord, recordText } from '#platform/job-record-text'
import { type ComfyJob, type ComfyJobState, comfyJobOf, comfyStateOf, historyEntryOf } from './comfy-job.ts'

/** How many ended jobs are kept, as ComfyUI does. */
export const historyLimit = 10_000

export interface JobFilter {
  states: readonly ComfyJobState[]
  workflowId: string | null
  sortBy: 'created_at' | 'execution_duration'
  descending: boolean
  limit: number | null
  offset: number
}

export interface EndedJob {
  promptId: string
  /** JSON text of the history entry. */
  entry: string
  job: ComfyJob
}

const schema = `
CREATE TABLE IF NOT EXISTS jobs (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  prompt_id TEXT NOT NULL,
  state TEXT NOT NULL,
  workflow_id TEXT,
  created_at REAL NOT NULL,
  duration REAL,
  finish_order INTEGER,
  in_history INTEGER NOT NULL DEFAULT 0,
  record TEXT,
  entry TEXT,
  job TEXT
);
CREATE INDEX IF NOT EXISTS jobs_by_prompt ON jobs (prompt_id);
CREATE INDEX IF NOT EXISTS jobs_by_finish ON jobs (finish_order);
CREATE TABLE IF NOT EXISTS queue_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
`

/**
 * @param path - the database file; made when it is not there
 * @throws when another process holds the file or it is damaged
 */
export function openJobDatabase(path: string, options: { limit?: number } = {}) {
  const database: Database = openDatabase(path)
  // Takes the lock now, not at the first job: a second engine on the same directory must not get that far.
  database.exec('PRAGMA busy_timeout=3000')
  database.exec('BEGIN EXCLUSIVE; COMMIT')
  database.exec(schema)
  const limit = options.limit ?? historyLimit

  const insertQueued = database.prepare(
    'INSERT INTO jobs (id, prompt_id, state, workflow_id, created_at, record) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const upsertEnded = database.prepare(`
    INSERT INTO jobs (id, prompt_id, state, workflow_id, created_at, duration, finish_order, in_history, entry, job)
    VALUES (?, ?, ?, ?, ?, ?, (SELECT ifnull(max(finish_order), 0) + 1 FROM jobs), ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, duration = excluded.duration,
      finish_order = excluded.finish_order, in_history = excluded.in_history, record = NULL,
      entry = excluded.entry, job = excluded.job`)
  const trim = database.prepare(
    `DELETE FROM jobs WHERE finish_order <= (SELECT finish_order FROM jobs WHERE finish_order IS NOT NULL
     ORDER BY finish_order DESC LIMIT 1 OFFSET ?)`,
  )
  const unfinished = database.prepare('SELECT record FROM jobs WHERE finish_order IS NULL ORDER BY sequence')
  const history = `SELECT finish_order, prompt_id, entry FROM jobs WHERE in_history = 1`
  const historyAfter = database.prepare(`${history} AND finish_order > ? ORDER BY finish_order LIMIT ?`)
  const historyStart = database.prepare(
    'SELECT finish_order FROM jobs WHERE in_history = 1 ORDER BY finish_order LIMIT 1 OFFSET ?',
  )
  const historyCount = database.prepare('SELECT count(*) AS count FROM jobs WHERE in_history = 1')
  const endedByPrompt = database.prepare(
    `SELECT prompt_id, entry, job, in_history FROM jobs WHERE prompt_id = ? AND finish_order IS NOT NULL
     ORDER BY finish_order DESC LIMIT 1`,
  )
  const deleteByPrompt = database.prepare('DELETE FROM jobs WHERE prompt_id = ? AND finish_order IS NOT NULL')
  const deleteEnded = database.prepare('DELETE FROM jobs WHERE finish_order IS NOT NULL')
  const replaceQueued = database.prepare('UPDATE jobs SET record = ? WHERE id = ? AND finish_order IS NULL')
  const setState = database.prepare(
    'INSERT INTO queue_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  const getState = database.prepare('SELECT value FROM queue_state WHERE key = ?')
  const knownId = database.prepare('SELECT 1 FROM jobs WHERE id = ?')

  const end = (record: JobRecord) => {
    const job = comfyJobOf(record)
    const duration =
      job.execution_start_time !== undefined && job.execution_end_time !== undefined
        ? job.execution_end_time - job.execution_start_time
        : null
    upsertEnded.run(
      record.id,
      record.prompt_id,
      comfyStateOf(record.status),
      job.workflow_id ?? null,
      job.create_time ?? record.created_at * 1000,
      duration,
      // A prompt taken out of the queue never ran, so ComfyUI's history does not know it.
      record.started_at === null ? 0 : 1,
      stringifyExact(historyEntryOf(record)),
      stringifyExact(job),
    )
    trim.run(limit)
  }

  return {
    /** Makes an accepted prompt durable. @throws when the disk is full, then nothing was accepted */
    addQueued(record: JobRecord): void {
      const job = comfyJobOf(record)
      insertQueued.run(
        record.id,
        record.prompt_id,
        'pending',
        job.workflow_id ?? null,
        job.create_time ?? record.created_at * 1000,
        recordText(record),
      )
    },

    /** New numbers of waiting jobs, all or none. @throws when the disk is full, then nothing moved */
    moveQueued: database.transaction((records: readonly JobRecord[]) => {
      for (const record of records) replaceQueued.run(recordText(record), record.id)
    }) as (records: readonly JobRecord[]) => void,

    /** Whether somebody paused the queue; outlives the engine. */
    isPaused: (): boolean => (getState.get('paused') as { value: string } | undefined)?.value === '1',

    setPaused(paused: boolean): void {
      setState.run('paused', paused ? '1' : '0')
    },

    /** Turns the job's row into a history row, or adds one; the oldest beyond the limit go. One commit. */
    addEnded: database.transaction(end) as (record: JobRecord) => void,

    /** Many at once, in the order given. */
    addAllEnded: database.transaction((records: readonly JobRecord[]) => records.forEach(end)) as (
      records: readonly JobRecord[],
    ) => void,

    knows: (id: string): boolean => knownId.get(id) !== undefined,

    /** Records of what had not ended when the database was last written, in order of acceptance. */
    unfinished: (): JobRecord[] =>
      (unfinished.all() as { record: string }[]).map((row) => parseKnownRecord(row.record)),

    historyCount: (): number => (historyCount.get() as { count: number }).count,

    /** Position before the entry with this index (0 = oldest), or null when there are fewer. */
    historyPosition(index: number): number | null {
      const row = historyStart.get(index) as { finish_order: number } | undefined
      return row ? row.finish_order - 1 : null
    },

    /** The next entries after a position, oldest first. */
    historyAfter: (position: number, count: number): { position: number; promptId: string; entry: string }[] =>
      (historyAfter.all(position, count) as { finish_order: number; prompt_id: string; entry: string }[]).map(
        (row) => ({ position: row.finish_order, promptId: row.prompt_id, entry: row.entry }),
      ),

    /** The newest ended job of a prompt. */
    findEnded(promptId: string): (EndedJob & { inHistory: boolean }) | null {
      const row = endedByPrompt.get(promptId) as
        | { prompt_id: string; entry: string; job: string; in_history: number }
        | undefined
      if (!row) return null
      return {
        promptId: row.prompt_id,
        entry: row.entry,
        job: parseExact(row.job) as ComfyJob,
        inHistory: row.in_history === 1,
      }
    },

    deleteEnded: database.transaction((promptIds: readonly string[]) => {
      for (const promptId of promptIds) deleteByPrompt.run(promptId)
    }) as (promptIds: readonly string[]) => void,

    clearEnded(): void {
      deleteEnded.run()
    },

    /** A page of ended jobs, and how many match in all. */
    listEnded(filter: JobFilter): { jobs: ComfyJob[]; total: number } {
      const states = filter.states.map(() => '?').join(', ')
      const where = `finish_order IS NOT NULL AND state IN (${states})${filter.workflowId === null ? '' : ' AND workflow_id = ?'}`
      const parameters = [...filter.states, ...(filter.workflowId === null ? [] : [filter.workflowId])]
      const column = filter.sortBy === 'created_at' ? 'created_at' : 'ifnull(duration, 0)'
      const direction = filter.descending ? 'DESC' : 'ASC'
      const total = database.prepare(`SELECT count(*) AS count FROM jobs WHERE ${where}`).get(...parameters) as {
        count: number
      }
      const rows = database
        .prepare(
          `SELECT job FROM jobs WHERE ${where} ORDER BY ${column} ${direction}, sequence ${direction} LIMIT ? OFFSET ?`,
        )
        .all(...parameters, filter.limit ?? -1, filter.offset) as { job: string }[]
      return { jobs: rows.map((row) => parseExact(row.job) as ComfyJob), total: total.count }
    },

    close(): void {
      database.close()
    },
  }
}

export type JobDatabase = ReturnType<typeof openJobDatabase>
