import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { everyoneIsSignedIn, openToAll, signedIn } from './access.ts'
import { createApp } from './app.ts'
import { StudioError, statusOf } from './errors.ts'

const nobody = { authenticate: () => null }
const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

function appFor(authenticator = everyoneIsSignedIn) {
  const app = createApp({ authenticator })
  open.push(app)
  return app
}

describe('the app', () => {
  it('refuses to register a route that does not state its access', () => {
    const app = appFor()
    expect(() => app.get('/api/admin/forgotten', async () => 'open door')).toThrow(/does not state its access/)
  })

  it('asks for credentials on every route that is not public, and on addresses no route has', async () => {
    const app = appFor(nobody)
    app.get('/open', { config: openToAll }, async () => 'hello')
    app.get('/api/admin/closed', { config: signedIn }, async () => 'secret')
    app.get('/jobs', { config: { access: 'page' } }, async () => 'page')
    expect((await app.inject('/open')).statusCode).toBe(200)
    for (const url of ['/api/admin/closed', '/api/admin/nothing-here', '/nothing-here']) {
      const answer = await app.inject(url)
      expect(answer.statusCode).toBe(401)
      expect(answer.json()).toEqual({ detail: 'Not authenticated' })
    }
    const page = await app.inject('/jobs?kind=video')
    expect(page.statusCode).toBe(302)
    expect(page.headers.location).toBe('/login?next=%2Fjobs%3Fkind%3Dvideo')
  })

  it('takes an empty body with the JSON type for no body', async () => {
    const app = appFor()
    app.post('/nothing', { config: signedIn }, async (request) => ({ body: request.body ?? null }))
    app.post('/needs', { config: signedIn, schema: { body: z.object({ a: z.string() }) } }, async () => 'fine')
    const post = (url: string, payload: string) =>
      app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } })
    expect((await post('/nothing', '')).json()).toEqual({ body: null })
    expect((await post('/nothing', '{"a":1}')).json()).toEqual({ body: { a: 1 } })
    expect((await post('/nothing', '{')).statusCode).toBe(400)
    expect((await post('/needs', '')).statusCode).toBe(422)
  })

  it('answers each typed error with its status and its words', async () => {
    const app = appFor()
    app.get('/fail/:code', { config: signedIn }, async (request) => {
      throw new StudioError((request.params as { code: keyof typeof statusOf }).code, 'these words')
    })
    for (const [code, status] of Object.entries(statusOf)) {
      const answer = await app.inject(`/fail/${code}`)
      expect(answer.statusCode).toBe(status)
      expect(answer.json()).toEqual({ detail: 'these words' })
    }
  })

  it('keeps the text of an unknown error to itself', async () => {
    const app = appFor()
    app.get('/crash', { config: signedIn }, async () => {
      throw new Error('/root/secret/path exploded')
    })
    const answer = await app.inject('/crash')
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toEqual({ detail: 'Internal server error' })
  })

  it('tells a full disk as 507', async () => {
    const app = appFor()
    app.get('/save', { config: signedIn }, async () => {
      throw Object.assign(new Error('write'), { code: 'EDQUOT' })
    })
    expect((await app.inject('/save')).statusCode).toBe(507)
  })

  it('answers 400 for a body that is not JSON and 422 for JSON of the wrong shape, with a text each', async () => {
    const app = appFor()
    app.post(
      '/things',
      { config: signedIn, schema: { body: z.object({ files: z.array(z.string()) }) } },
      async () => 'ok',
    )
    const broken = await app.inject({
      method: 'POST',
      url: '/things',
      headers: { 'content-type': 'application/json' },
      payload: '{"files":',
    })
    expect([broken.statusCode, typeof broken.json().detail]).toEqual([400, 'string'])
    const wrong = await app.inject({ method: 'POST', url: '/things', payload: { files: [1] } })
    expect(wrong.statusCode).toBe(422)
    expect(wrong.json().detail).toMatch(/^files\.0: /)
    const form = await app.inject({
      method: 'POST',
      url: '/things',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'files=a',
    })
    expect([form.statusCode, typeof form.json().detail]).toEqual([400, 'string'])
  })

  it('breaks the connection when an answer fails half-way', async () => {
    const app = appFor()
    app.get('/half', { config: signedIn }, async (_request, reply) => {
      reply.raw.writeHead(200, { 'content-length': '100' })
      reply.raw.write('half')
      throw new Error('the rest is gone')
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const outcome = await new Promise((resolve) => {
      httpRequest({ port, path: '/half' }, (response) => {
        response.resume().on('error', resolve)
        response.on('end', () => resolve('whole'))
      })
        .on('error', resolve)
        .end()
    })
    expect(outcome).toBeInstanceOf(Error)
  })
})
