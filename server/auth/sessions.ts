/**
 * @file Browser sessions: random ids, known here only by their SHA-256, kept in a file of mode 0600 so that a restart
 * does not sign anybody out. Who may get one is the login route's business.
 */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { sha256, writeSecret } from './key-store.ts'

/** Milliseconds without a request after which a session ends. */
export const idleLimit = 12 * 3600_000
/** Milliseconds after which a session ends however much it is used. */
export const absoluteLimit = 7 * 24 * 3600_000
/** Oldest sessions go when there are more. */
const maxSessions = 1000
/** How much of the last use a crash may forget, in milliseconds. */
const writeInterval = 5 * 60_000

const sessionSchema = z.object({
  hash: z.string(),
  key_hash: z.string().describe('of the key it was made with: a new key ends every session'),
  created_at: z.number().describe('milliseconds since the epoch, as last_seen'),
  last_seen: z.number(),
})
type Session = z.infer<typeof sessionSchema>
const fileSchema = z.object({ version: z.literal(1), sessions: z.array(sessionSchema) })

export interface Sessions {
  /** Makes a session. @returns its id, which exists nowhere else; durable before this resolves */
  create(): Promise<string>
  /** Finds a living session and notes the use. @returns its hash, or null */
  use(id: string): string | null
  /** Ends one session for good. */
  end(hash: string): Promise<void>
  /** Ends all of them. */
  endAll(): Promise<void>
  /** Writes what is not written yet. */
  close(): Promise<void>
}

/**
 * @param path - the file; its directory exists
 * @param keyHash - of the current key
 * @param now - milliseconds since the epoch
 */
export async function loadSessions(options: {
  path: string
  keyHash: string
  now: () => number
  randomBytes: (size: number) => Buffer
  /** Told the hash of a session that ends by logging out. */
  onEnded?: (hash: string) => void
  onWriteError: (error: unknown) => void
}): Promise<Sessions> {
  const { path, keyHash, now, randomBytes, onEnded, onWriteError } = options
  const sessions = new Map<string, Session>()
  for (const session of await readSessions(path)) {
    if (session.key_hash === keyHash && isAlive(session, now())) sessions.set(session.hash, session)
  }
  let lastWrite = now()
  let writing: Promise<void> = Promise.resolve()
  let queued: Promise<void> | null = null

  /** Writes follow one another, and those that wait are one: an older state never replaces a newer one. */
  function save(): Promise<void> {
    lastWrite = now()
    queued ??= writing.then(() => {
      queued = null
      const file: SessionFile = { version: 1, sessions: [...sessions.values()] }
      const written = writeSecret(path, JSON.stringify(file))
      writing = written.catch(() => undefined)
      return written
    })
    return queued
  }

  return {
    async create() {
      const id = randomBytes(32).toString('base64url')
      const hash = hashOf(id)
      for (const session of sessions.values()) if (!isAlive(session, now())) sessions.delete(session.hash)
      while (sessions.size >= maxSessions) sessions.delete(sessions.keys().next().value!)
      sessions.set(hash, { hash, key_hash: keyHash, created_at: now(), last_seen: now() })
      await save()
      return id
    },
    use(id) {
      if (id.length > 128) return null
      const session = sessions.get(hashOf(id))
      if (!session) return null
      if (!isAlive(session, now())) {
        sessions.delete(session.hash)
        return null
      }
      session.last_seen = now()
      if (now() - lastWrite > writeInterval) save().catch(onWriteError)
      return session.hash
    },
    async end(hash) {
      if (!sessions.delete(hash)) return
      onEnded?.(hash)
      await save()
    },
    async endAll() {
      for (const hash of sessions.keys()) onEnded?.(hash)
      sessions.clear()
      await save()
    },
    async close() {
      await save().catch(onWriteError)
    },
  }
}

type SessionFile = z.infer<typeof fileSchema>

function isAlive(session: Session, time: number): boolean {
  return time - session.last_seen < idleLimit && time - session.created_at < absoluteLimit
}

function hashOf(id: string): string {
  return sha256(id).toString('hex')
}

/** An unreadable file signs everybody out and nothing worse. */
async function readSessions(path: string): Promise<Session[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).sessions
  } catch {
    return []
  }
}
