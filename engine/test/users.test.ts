/** @file `--multi-user`: each request speaks for the user that its header names. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine, type TestEngine } from './harness.ts'

let engine: TestEngine
let ada: string
let bob: string

const as = (user: string, path: string, init: RequestInit = {}) =>
  engine.fetch(path, { ...init, headers: { 'comfy-user': user } })

beforeAll(async () => {
  engine = await startEngine({ flags: ['--multi-user'] })
  ada = (await engine.post('/users', { username: 'Ada Lovelace!' })).body
  bob = (await engine.post('/users', { username: 'Bob' })).body
})
afterAll(() => engine.stop())

describe('several users', () => {
  it('are made by name, with an id of name and UUID, and listed', async () => {
    expect(ada).toMatch(/^Ada-Lovelace-_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(await engine.get('/users')).toEqual({
      storage: 'server',
      users: { [ada]: 'Ada Lovelace!', [bob]: 'Bob' },
    })
  })

  it.each([
    [{ username: 'Bob' }, 'Duplicate username.'],
    [{ username: ' ' }, 'username not provided'],
    [{}, 'username not provided'],
  ])('are refused: %j', async (body, error) => {
    expect(await engine.post('/users', body)).toEqual({ status: 400, body: { error } })
  })

  it('have settings and files of their own', async () => {
    await as(ada, '/settings', { method: 'POST', body: '{"theme":"dark"}' })
    await as(ada, '/userdata/a.json', { method: 'POST', body: '1' })
    expect(await (await as(ada, '/settings')).json()).toEqual({ theme: 'dark' })
    expect(await (await as(bob, '/settings')).json()).toEqual({})
    expect((await as(bob, '/userdata/a.json')).status).toBe(404)
  })

  it.each(['', 'nobody', '__proto__', '__engine', '../x'])('that are unknown are an error: %j', async (user) => {
    for (const path of ['/settings', '/userdata?dir=.', '/userdata/a.json', '/v2/userdata']) {
      const answer = await as(user, path)
      expect([path, answer.status]).toEqual([path, 400])
      expect(await answer.json()).toHaveProperty('error')
    }
  })

  it('do not see each other’s assets; asking for one by its id is FORBIDDEN', async () => {
    const form = new FormData()
    form.append('tags', 'input')
    form.append('file', new Blob([randomUUID()]), 'a.txt')
    const { id } = await (await as(ada, '/api/assets', { method: 'POST', body: form })).json()
    expect((await as(ada, `/api/assets/${id}`)).status).toBe(200)
    for (const [method, path] of [
      ['GET', `/api/assets/${id}`],
      ['GET', `/api/assets/${id}/content`],
      ['DELETE', `/api/assets/${id}`],
    ] as const) {
      const refused = await as(bob, path, { method })
      expect([refused.status, (await refused.json()).error.code]).toEqual([403, 'FORBIDDEN'])
    }
    const listed = await (await as(bob, '/api/assets')).json()
    expect(listed.assets.map((asset: { id: string }) => asset.id)).not.toContain(id)
  })
})
