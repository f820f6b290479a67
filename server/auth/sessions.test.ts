import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absoluteLimit, idleLimit, loadSessions, type Sessions } from './sessions.ts'

const clock = { now: 1_000_000_000_000 }
const minute = 60_000
const opened: Sessions[] = []
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-sessions-'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sessions) => sessions.close()))
  await rm(directory, { recursive: true, force: true })
})

async function load(keyHash = 'the key'): Promise<Sessions> {
  const sessions = await loadSessions({
    path: join(directory, 'sessions.json'),
    keyHash,
    now: () => clock.now,
    randomBytes,
    onWriteError: (error) => {
      throw error
    },
  })
  opened.push(sessions)
  return sessions
}

describe('a session', () => {
  it('is known again after a restart, without its id being written anywhere', async () => {
    const id = await (await load()).create()
    const text = await readFile(join(directory, 'sessions.json'), 'utf8')
    expect(text).not.toContain(id)
    expect((await stat(join(directory, 'sessions.json'))).mode & 0o777).toBe(0o600)
    expect((await load()).use(id)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('ends after twelve hours without use', async () => {
    const sessions = await load()
    const id = await sessions.create()
    clock.now += idleLimit - 1
    expect(sessions.use(id)).not.toBeNull()
    clock.now += idleLimit
    expect(sessions.use(id)).toBeNull()
  })

  it('ends after seven days however much it is used', async () => {
    const sessions = await load()
    const id = await sessions.create()
    const end = clock.now + absoluteLimit
    while (clock.now + idleLimit < end) {
      clock.now += idleLimit - minute
      expect(sessions.use(id)).not.toBeNull()
    }
    clock.now = end
    expect(sessions.use(id)).toBeNull()
  })

  it('ends when somebody signs out, also for the next process', async () => {
    const sessions = await load()
    const [one, other] = [await sessions.create(), await sessions.create()]
    await sessions.end(sessions.use(one)!)
    expect(sessions.use(one)).toBeNull()
    expect(sessions.use(other)).not.toBeNull()
    expect((await load()).use(one)).toBeNull()
    expect((await load()).use(other)).not.toBeNull()
  })

  it('ends with the key it was made with', async () => {
    const id = await (await load('old key')).create()
    expect((await load('new key')).use(id)).toBeNull()
    expect((await load('old key')).use(id)).not.toBeNull()
  })

  it('remembers its last use across an orderly end', async () => {
    const sessions = await load()
    const id = await sessions.create()
    clock.now += idleLimit - minute
    sessions.use(id)
    await sessions.close()
    clock.now += minute * 2
    expect((await load()).use(id)).not.toBeNull()
  })

  it('is not found in a damaged file, and the studio starts all the same', async () => {
    const id = await (await load()).create()
    await writeFile(join(directory, 'sessions.json'), '{"version":1,"sessions":[{"ha')
    expect((await load()).use(id)).toBeNull()
  })

  it('is one of a thousand at most: the oldest gives way', async () => {
    const sessions = await load()
    const first = await sessions.create()
    await Promise.all(Array.from({ length: 1000 }, () => sessions.create()))
    expect(sessions.use(first)).toBeNull()
  })
})
