import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absoluteLimit, idleLimit } from '../auth/sessions.ts'
import {
  cookieOf,
  jsonBody,
  ownOrigin,
  type StudioUnderTest,
  signIn,
  startStudioUnderTest,
  testKey,
} from './studio-under-test.ts'

let studio: StudioUnderTest
beforeEach(async () => {
  studio = await startStudioUnderTest()
})
afterEach(() => studio.close())

const login = (body: unknown) => studio.ask('POST', '/api/auth/login', jsonBody(body, ownOrigin(studio)))
const statusWith = async (cookie: string) =>
  (await studio.ask('GET', '/api/admin/system', { headers: { cookie } })).status

describe('signing in', () => {
  it('gives a cookie no script can read and says where to go on', async () => {
    const answer = await login({ api_key: testKey, next: '/jobs?kind=video' })
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ok', redirect: '/jobs?kind=video' }])
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^studio_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect(await statusWith(cookieOf(answer))).toBe(200)
  })

  it('never sends a browser to another site', async () => {
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', '/login']) {
      expect((await login({ api_key: testKey, next })).json()).toEqual({ status: 'ok', redirect: '/' })
    }
  })

  it('answers 401 to a wrong key, 422 to another shape and 400 to what is no JSON', async () => {
    expect((await login({ api_key: 'wrong' })).json()).toEqual({ detail: 'Invalid API key' })
    expect((await login({ api_key: 'x'.repeat(1000) })).status).toBe(401)
    expect((await login({})).status).toBe(422)
    const broken = await studio.ask('POST', '/api/auth/login', {
      headers: { ...ownOrigin(studio), 'content-type': 'application/json' },
      body: '{',
    })
    expect(broken.status).toBe(400)
  })

  it('is blocked after five failures in a minute, for the right key too, and opens again', async () => {
    for (let n = 0; n < 5; n++) expect((await login({ api_key: 'wrong' })).status).toBe(401)
    const blocked = await login({ api_key: testKey })
    expect(blocked.status).toBe(429)
    expect(Number(blocked.headers['retry-after'])).toBe(60)
    expect((blocked.json() as { detail: string }).detail).toMatch(/too many/i)
    expect(blocked.headers['set-cookie']).toBeUndefined()
    // Whoever has the key in hand is not shut out of the API by somebody else's guesses at the login.
    expect((await studio.ask('GET', '/api/admin/system', { headers: { 'x-api-key': testKey } })).status).toBe(200)
    studio.clock.now += 60_000
    expect((await login({ api_key: testKey })).status).toBe(200)
  })

  it('counts addresses one by one only behind a proxy that is trusted', async () => {
    const trusting = await startStudioUnderTest({ STUDIO_TRUST_PROXY: '1' })
    try {
      const from = (target: StudioUnderTest, address: string, api_key: string) =>
        target.ask(
          'POST',
          '/api/auth/login',
          jsonBody({ api_key }, { ...ownOrigin(target), 'cf-connecting-ip': address }),
        )
      for (let n = 0; n < 5; n++) {
        await from(trusting, '203.0.113.1', 'wrong')
        await from(studio, `203.0.113.${n}`, 'wrong')
      }
      expect((await from(trusting, '203.0.113.1', testKey)).status).toBe(429)
      expect((await from(trusting, '203.0.113.2', testKey)).status).toBe(200)
      expect((await from(studio, '203.0.113.99', testKey)).status).toBe(429)
    } finally {
      await trusting.close()
    }
  })
})

describe('a session', () => {
  it('ends after twelve idle hours', async () => {
    const cookie = await signIn(studio)
    studio.clock.now += idleLimit - 1000
    expect(await statusWith(cookie)).toBe(200)
    studio.clock.now += idleLimit
    expect(await statusWith(cookie)).toBe(401)
  })

  it('ends after seven days', async () => {
    const cookie = await signIn(studio)
    for (let spent = 0; spent + idleLimit / 2 < absoluteLimit; spent += idleLimit / 2) {
      expect(await statusWith(cookie)).toBe(200)
      studio.clock.now += idleLimit / 2
    }
    studio.clock.now += idleLimit / 2
    expect(await statusWith(cookie)).toBe(401)
  })

  it('ends when its owner signs out, on the server and in the browser', async () => {
    const cookie = await signIn(studio)
    const answer = await studio.ask('POST', '/api/auth/logout', { headers: { ...ownOrigin(studio), cookie } })
    expect(answer.headers['set-cookie']).toEqual([expect.stringContaining('studio_session=; Max-Age=0')])
    expect(await statusWith(cookie)).toBe(401)
  })

  it('takes its event streams with it', async () => {
    const cookie = await signIn(studio)
    const stream = await fetch(`${studio.url}/api/admin/events`, { headers: { cookie, accept: 'text/event-stream' } })
    const over = stream.text().then(
      () => 'over',
      () => 'over',
    )
    await studio.ask('POST', '/api/auth/logout', { headers: { ...ownOrigin(studio), cookie } })
    expect(await over).toBe('over')
  })

  it('is replaced, not added, when the browser signs in again', async () => {
    const first = await signIn(studio)
    const again = await studio.ask(
      'POST',
      '/api/auth/login',
      jsonBody({ api_key: testKey }, { ...ownOrigin(studio), cookie: first }),
    )
    expect(await statusWith(first)).toBe(401)
    expect(await statusWith(cookieOf(again))).toBe(200)
  })
})

it('neither the key nor a session id is written anywhere below STUDIO_DIR', async () => {
  const id = (await signIn(studio)).split('=')[1]!
  const names = await readdir(join(studio.root, 'data'), { recursive: true, withFileTypes: true })
  for (const entry of names.filter((candidate) => candidate.isFile())) {
    const text = await readFile(join(entry.parentPath ?? entry.path, entry.name), 'latin1')
    expect([entry.name, text.includes(testKey), text.includes(id)]).toEqual([entry.name, false, false])
  }
})
