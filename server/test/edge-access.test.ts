import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  cookieOf,
  jsonBody,
  ownOrigin,
  type StudioUnderTest,
  signIn,
  startStudioUnderTest,
  testKey,
} from './studio-under-test.ts'

let studio: StudioUnderTest
beforeAll(async () => {
  studio = await startStudioUnderTest()
})
afterAll(() => studio.close())

describe('without credentials', () => {
  it('exactly these routes are open', () => {
    const open = studio.studio.app.accessTable.filter(({ access }) => access === 'public')
    expect([...new Set(open.map(({ method, url }) => `${method} ${url}`))].sort()).toEqual(
      [
        'GET /healthz',
        'HEAD /healthz',
        'GET /login',
        'HEAD /login',
        'GET /_next/static/*',
        'HEAD /_next/static/*',
        'GET /icon.svg',
        'HEAD /icon.svg',
        'GET /apple-icon.png',
        'HEAD /apple-icon.png',
        'GET /manifest.webmanifest',
        'HEAD /manifest.webmanifest',
        'GET /robots.txt',
        'HEAD /robots.txt',
        'POST /api/auth/login',
        'POST /api/auth/logout',
      ].sort(),
    )
  })

  it('no other registered route answers anything but 401, or 302 to the login page', async () => {
    const closed = studio.studio.app.accessTable.filter(({ access }) => access !== 'public')
    expect(closed.length).toBeGreaterThan(40)
    for (const { method, url, access } of closed) {
      const path = url.replace(/:\w+/g, 'anything').replace('*', 'anything')
      const answer = await studio.ask(method, path)
      if (access === 'page') {
        expect([method, path, answer.status]).toEqual([method, path, 302])
        expect(answer.headers.location).toBe(`/login?next=${encodeURIComponent(path)}`)
      } else {
        expect([method, path, answer.status]).toEqual([method, path, 401])
        if (method !== 'HEAD') expect(answer.json()).toEqual({ detail: 'Not authenticated' })
      }
    }
  })

  it.each(['/api', '/api/', '/api/nothing', '/api/admin', '/api/admin/nothing', '/api/auth/nothing', '/api/prompt'])(
    '%s is 401 whether there is such a route or not',
    async (path) => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await studio.ask(method, path)
        expect([path, method, answer.status, answer.json()]).toEqual([
          path,
          method,
          401,
          { detail: 'Not authenticated' },
        ])
      }
    },
  )

  it.each([
    ['X-API-Key', 'wrong'],
    ['X-API-Key', ''],
    ['X-API-Key', 'x'.repeat(5000)],
    ['Authorization', 'Bearer wrong'],
    ['Authorization', `Basic ${Buffer.from(`admin:${testKey}`).toString('base64')}`],
    ['Cookie', 'studio_session=forged'],
    ['Cookie', `studio_session=${testKey}`],
    ['x-middleware-subrequest', 'middleware:middleware:middleware:middleware:middleware'],
    ['X-Original-URL', '/healthz'],
  ])('%s: %s is no credential', async (name, value) => {
    expect((await studio.ask('GET', '/api/admin/system', { headers: { [name]: value } })).status).toBe(401)
    expect((await studio.ask('GET', '/jobs', { headers: { [name]: value } })).status).toBe(302)
  })

  it('the key does not work in the address of an ordinary request', async () => {
    expect((await studio.ask('GET', `/api/admin/system?token=${testKey}`)).status).toBe(401)
  })

  it('a browser that comes from another site is first brought home, where its cookie is sent', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    const answer = await studio.ask('GET', '/jobs?q="><script>', { headers })
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('content="0;url=/login?next=%2Fjobs%3Fq%3D%2522%3E%3Cscript%3E"'.slice(0, 40))
    expect(answer.text).not.toContain('<script>')
    const cookie = await signIn(studio)
    const login = await studio.ask('GET', '/login?next=%2Fjobs%3Fkind%3Dvideo', { headers: { cookie } })
    expect([login.status, login.headers.location]).toEqual([302, '/jobs?kind=video'])
  })
})

describe('with the key', () => {
  it.each([
    ['X-API-Key', testKey],
    ['Authorization', `Bearer ${testKey}`],
    ['Authorization', `bearer ${testKey}`],
  ])('%s opens the admin API', async (name, value) => {
    expect((await studio.ask('GET', '/api/admin/system', { headers: { [name]: value } })).status).toBe(200)
  })

  it('an unknown admin address is 404, and the engine API says in words that the engine is down', async () => {
    const headers = { 'x-api-key': testKey }
    expect(await studio.ask('GET', '/api/admin/nothing', { headers })).toMatchObject({ status: 404 })
    expect((await studio.ask('POST', '/api/admin/nothing', { headers })).json()).toEqual({ detail: 'Not found' })
    const engine = await studio.ask('GET', '/api/prompt', { headers })
    expect(engine.status).toBe(503)
    expect((engine.json() as { detail: string }).detail).toMatch(/^The engine is /)
  })

  it('a wrong key is not saved by a good cookie', async () => {
    const cookie = await signIn(studio)
    const answer = await studio.ask('GET', '/api/admin/system', { headers: { cookie, 'x-api-key': 'wrong' } })
    expect(answer.status).toBe(401)
  })
})

describe('health', () => {
  it('says status, version and build, and nothing else', async () => {
    const answer = await studio.ask('GET', '/healthz')
    expect(answer.json()).toEqual({ status: 'ok', version: '9.8.7', build_id: 'unbuilt' })
  })

  it('the API describes itself from the schemas of its routes', async () => {
    const answer = await studio.ask('GET', '/api/admin/openapi.json', { headers: { 'x-api-key': testKey } })
    const description = answer.json() as { openapi: string; paths: Record<string, unknown> }
    expect(description.openapi).toBe('3.1.0')
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining(['/healthz', '/api/auth/login', '/api/admin/system', '/api/admin/assets/{asset_type}']),
    )
    expect(Object.keys(description.paths).some((path) => path.includes('*'))).toBe(false)
  })
})

describe('headers', () => {
  it.each(['/healthz', '/jobs', '/login', '/api/admin/system', '/nowhere'])(
    '%s cannot be framed, sniffed or told apart',
    async (path) => {
      const { headers } = await studio.ask('GET', path)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(headers['content-security-policy']).toMatch(/default-src '(none|self)'/)
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('server')
      expect(headers).not.toHaveProperty('access-control-allow-origin')
      expect(headers).not.toHaveProperty('strict-transport-security')
    },
  )
})

describe('hosts', () => {
  const get = (headers: string[]) => ask(studio.port, 'GET', '/healthz', { headers })

  it('a foreign Host is refused before anything else is looked at', async () => {
    const answer = await studio.ask('GET', '/no/such/place', {
      headers: { host: 'evil.example', 'x-api-key': testKey },
    })
    expect([answer.status, answer.json()]).toEqual([403, { detail: 'Host not allowed' }])
  })

  it('loopback is always a host of ours, on any port', async () => {
    for (const host of ['localhost', 'localhost:1234', `127.0.0.1:${studio.port}`, '[::1]:80']) {
      expect((await get(['Host', host])).status).toBe(200)
    }
  })

  it('two Host headers are 400, in whatever order and writing', async () => {
    expect((await get(['Host', 'localhost', 'Host', 'evil.example'])).status).toBe(400)
    expect((await get(['host', 'localhost', 'HOST', 'localhost'])).status).toBe(400)
  })

  it.each(['/api/admin%2fsystem', '/api/../healthz', '/%2e%2e/healthz', '//healthz', '/healthz%00', '/a\\b'])(
    'an address with two readings is 400: %s',
    async (path) => {
      const answer = await studio.ask('GET', path, { headers: { 'x-api-key': testKey } })
      expect([answer.status, answer.json()]).toEqual([400, { detail: 'The address is not acceptable' }])
    },
  )

  it('public origins come in addition to loopback, and https there means https cookies', async () => {
    const other = await startStudioUnderTest({
      RUNPOD_POD_ID: 'abc123',
      STUDIO_PUBLIC_ORIGINS: 'https://studio.example',
    })
    try {
      for (const host of ['studio.example', 'abc123-0.proxy.runpod.net', 'localhost']) {
        expect((await other.ask('GET', '/healthz', { headers: { host } })).status).toBe(200)
      }
      const login = await other.ask(
        'POST',
        '/api/auth/login',
        jsonBody({ api_key: testKey }, { host: 'studio.example', origin: 'https://studio.example' }),
      )
      expect(login.headers['set-cookie']).toEqual([
        expect.stringMatching(
          /^__Host-studio_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
        ),
      ])
      expect(login.headers['strict-transport-security']).toMatch(/max-age=\d{8}/)
      const cookie = cookieOf(login)
      const system = (headers: Record<string, string>) => other.ask('GET', '/api/admin/system', { headers })
      expect((await system({ host: 'studio.example', cookie })).status).toBe(200)
      // The plain name is for loopback only: over https nobody may plant it.
      expect((await system({ host: 'studio.example', cookie: cookie.replace('__Host-', '') })).status).toBe(401)
    } finally {
      await other.close()
    }
  })
})

describe('requests other sites make a browser send', () => {
  const send = (headers: Record<string, string>, path = '/api/admin/assets/delete') =>
    studio.ask('POST', path, jsonBody({ type: 'inputs', files: [] }, headers))

  it('are refused with a cookie, and pass from our own pages', async () => {
    const cookie = await signIn(studio)
    const own = ownOrigin(studio)
    expect((await send({ ...own, cookie })).status).toBe(200)
    for (const [origin, site] of [
      ['https://evil.example', 'cross-site'],
      ['null', 'same-origin'],
      ['http://localhost:1', 'same-site'],
    ] as const) {
      const answer = await send({ ...own, origin, 'sec-fetch-site': site, cookie })
      expect([origin, answer.status, answer.json()]).toEqual([origin, 403, { detail: 'Cross-site request refused' }])
    }
    expect((await send({ host: own.host!, cookie })).status).toBe(403)
    expect((await send({ ...own, origin: 'https://evil.example', cookie }, '/api/prompt')).status).toBe(403)
  })

  it('need no origin with the key', async () => {
    expect((await send({ 'x-api-key': testKey })).status).toBe(200)
  })

  it('cannot sign a browser in or out either', async () => {
    const cookie = await signIn(studio)
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const login = await studio.ask('POST', '/api/auth/login', jsonBody({ api_key: testKey }, foreign))
    expect(login.status).toBe(403)
    expect((await studio.ask('POST', '/api/auth/logout', { headers: { ...foreign, cookie } })).status).toBe(403)
  })

  it('a form cannot pose as JSON', async () => {
    const cookie = await signIn(studio)
    const answer = await studio.ask('POST', '/api/admin/assets/delete', {
      headers: { ...ownOrigin(studio), cookie, 'content-type': 'text/plain' },
      body: '{"type":"inputs","files":["a.png"]}',
    })
    expect([answer.status, typeof (answer.json() as { detail: unknown }).detail]).toEqual([400, 'string'])
  })

  it('no answer invites other origins to read it', async () => {
    const preflight = await studio.ask('OPTIONS', '/api/admin/system', {
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
    })
    expect(preflight.status).toBe(401)
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin')
  })
})
