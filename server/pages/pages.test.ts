import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { everyoneIsSignedIn } from '../http/access.ts'
import { type App, createApp } from '../http/app.ts'
import type { Pages, PagesState } from './next-pages.ts'
import { mountPages } from './next-pages.ts'
import { pageRoutes } from './routes.ts'

let root: string
let app: App
let state: PagesState
let random: number
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'studio-pages-'))
  await mkdir(join(root, 'public', 'brand'), { recursive: true })
  await writeFile(join(root, 'public', 'brand', 'mark.svg'), '<svg/>')
  await writeFile(join(root, 'public', '.hidden'), '')
  random = 0
})
afterEach(async () => {
  await app.close()
  await rm(root, { recursive: true, force: true })
})

/** Pages that say what reached them, in Next's place. */
const echo: PagesState = {
  kind: 'ready',
  handle: async (request, response) => {
    const { 'content-security-policy': policy, 'x-nonce': nonce, 'x-last-event': lastEvent } = request.headers
    response.end(JSON.stringify({ url: request.url, policy, nonce, lastEvent }))
  },
}

async function open(initial: PagesState, signedIn = true) {
  state = initial
  app = createApp({ authenticator: signedIn ? everyoneIsSignedIn : { authenticate: () => null } })
  const pages = { state: () => state } as Pages
  await app.register(
    pageRoutes({
      pages,
      authenticator: { authenticate: () => null },
      publicDirectory: join(root, 'public'),
      assetDirectory: join(root, 'static'),
      development: false,
      lastEventId: () => 7,
      randomBytes: (size) => Buffer.alloc(size, ++random),
    }),
  )
}

describe('a page', () => {
  it('is rendered under the very policy it is sent with, with a new nonce each time', async () => {
    await open(echo)
    const [first, second] = [await app.inject('/jobs?q=1'), await app.inject('/jobs')]
    for (const answer of [first, second]) {
      const { policy, nonce } = answer.json()
      expect(answer.headers['content-security-policy']).toBe(policy)
      expect(policy).toContain(`script-src 'self' 'nonce-${nonce}';`)
      expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    }
    expect(first.json().url).toBe('/jobs?q=1')
    expect(first.json().nonce).not.toBe(second.json().nonce)
  })

  it('cannot be given a policy or a nonce by the one who asks', async () => {
    await open(echo)
    const answer = await app.inject({
      url: '/jobs',
      headers: { 'content-security-policy': "script-src 'nonce-mine'", 'x-nonce': 'mine' },
    })
    expect(answer.body).not.toContain('mine')
    const asset = await app.inject({ url: '/_next/static/x.js', headers: { 'content-security-policy': 'mine' } })
    expect(asset.body).not.toContain('mine')
  })

  it('says that it is coming while Next starts, and works as soon as it has', async () => {
    await open({ kind: 'starting' })
    const early = await app.inject('/jobs')
    expect([early.statusCode, early.headers['retry-after']]).toEqual([503, '1'])
    expect(early.body).toContain('http-equiv="refresh"')
    state = echo
    expect((await app.inject('/jobs')).statusCode).toBe(200)
  })

  it('says what to do when there are none', async () => {
    const pages = mountPages({ directory: root, hostname: 'localhost', development: false, onError: () => undefined })
    await pages.settled
    await open(pages.state())
    const answer = await app.inject('/login')
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toContain('npm run build')
    await pages.close()
  })

  it('is never made by a POST', async () => {
    await open(echo)
    expect((await app.inject({ method: 'POST', url: '/jobs' })).statusCode).toBe(404)
  })
})

it('a stranger gets the login page and what it is made of, and nothing else of Next', async () => {
  await open(echo, false)
  for (const url of ['/login', '/_next/static/chunks/a.js', '/brand/mark.svg', '/icon.svg']) {
    expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200])
  }
  for (const url of ['/', '/jobs', '/_next/image?url=x', '/_next/data/x.json', '/.hidden', '/login/more']) {
    expect([url, (await app.inject(url)).statusCode]).toEqual([url, 302])
  }
})

describe('a script', () => {
  const text = 'console.log(1)'
  const url = '/_next/static/chunks/a.js'
  beforeEach(async () => {
    await mkdir(join(root, 'static', 'chunks'), { recursive: true })
    for (const [name, bytes] of Object.entries({
      'a.js': text,
      'a.js.br': brotliCompressSync(text),
      'a.js.gz': gzipSync(text),
    }))
      await writeFile(join(root, 'static', 'chunks', name), bytes)
  })

  it('is sent as the build packed it, to whom takes that, and may be kept for good', async () => {
    await open(echo)
    const answer = await app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } })
    expect(brotliDecompressSync(answer.rawPayload).toString()).toBe(text)
    expect(answer.headers).toMatchObject({
      'content-encoding': 'br',
      'content-length': String(brotliCompressSync(text).length),
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    })
    const zipped = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=1, br;q=0' } })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(text)
    const head = await app.inject({ method: 'HEAD', url, headers: { 'accept-encoding': 'br' } })
    expect([head.headers['content-encoding'], head.body]).toEqual(['br', ''])
  })

  it('is Next’s to send where it is not packed, not taken, or no longer there', async () => {
    await open(echo)
    const asked = async (path: string, coding?: string) =>
      (await app.inject({ url: path, headers: coding === undefined ? {} : { 'accept-encoding': coding } })).json().url
    expect(await asked(url)).toBe(url)
    expect(await asked(url, 'identity, br; q=0.0')).toBe(url)
    for (const path of ['/_next/static/chunks/b.js', '/_next/static/chunks/a.js.br'])
      expect(await asked(path, 'br')).toBe(path)
    await rm(join(root, 'static'), { recursive: true })
    expect(await asked(url, 'br')).toBe(url)
  })
})

describe('a document', () => {
  const link = async (url: string, headers = {}) => (await app.inject({ url, headers })).headers.link

  it('names what its page asks for first, so that it comes beside the scripts', async () => {
    await open(echo)
    const outputs = '</api/admin/outputs?limit=400>; rel=preload; as=fetch; crossorigin'
    expect(await link('/jobs')).toContain(outputs)
    expect(await link('/files?file=a%2Fb.png')).toContain(outputs)
    expect(await link('/jobs?kind=final')).not.toContain(outputs)
    expect(await link('/queue')).toContain('</api/admin/system>; rel=preload')
  })

  it('knows the newest event when it is made, whatever the one who asks says', async () => {
    await open(echo)
    const eventOf = async (url: string) =>
      (await app.inject({ url, headers: { 'x-last-event': '3' } })).json().lastEvent
    expect(await eventOf('/jobs')).toBe('7')
    expect(await eventOf('/login')).toBeUndefined()
  })

  it('names nothing to a visitor of the login page, nor to a page that is open already', async () => {
    await open(echo)
    expect(await link('/login')).toBeUndefined()
    expect(await link('/jobs', { rsc: '1' })).toBeUndefined()
  })
})
