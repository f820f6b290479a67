import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { makeDirectory, startEngine, type TestEngine } from './harness.ts'

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** A request with headers that fetch would not let us set. */
function raw(engine: TestEngine, path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(engine.url + path, { method, headers }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode!, headers: response.headers, text })
    })
    sent.on('error', reject).end()
  })
}

/** The status that answers an upgrade; 101 when it succeeds. */
function upgrade(engine: TestEngine, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(engine.url.replace('http', 'ws') + path, { headers })
    socket.once('open', () => {
      resolve(101)
      socket.close()
    })
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => undefined)
  })
}

describe('an engine on loopback', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(() => engine.stop())

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['another origin', { origin: 'http://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['a name that was made to point here', { host: 'evil.example' }, 403],
    ['a name that begins like ours', { host: '127.0.0.1.evil.example' }, 403],
    ['its own page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['a script without any of it', {}, 200],
  ] as [string, Record<string, string>, number][])('judges %s', async (_name, headers, status) => {
    const answer = await raw(engine, '/prompt', headers)
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.text).toBe('')
    expect(await upgrade(engine, '/ws', headers)).toBe(status === 200 ? 101 : status)
  })

  it('accepts its own origin', async () => {
    expect((await raw(engine, '/prompt', { origin: engine.url })).status).toBe(200)
  })

  it('answers OPTIONS on any path with 200 and nothing', async () => {
    for (const path of ['/prompt', '/api/nowhere']) {
      expect(await raw(engine, path, {}, 'OPTIONS')).toMatchObject({ status: 200, text: '' })
    }
  })

  it('sets no CORS headers, and caches by the path that was asked for', async () => {
    expect((await raw(engine, '/prompt', {})).headers).not.toHaveProperty('access-control-allow-origin')
    expect((await raw(engine, '/nobody.png', {})).headers['cache-control']).toBe('public, max-age=3600')
    expect((await raw(engine, '/nobody.js', {})).headers['cache-control']).toBe('no-store')
    expect((await raw(engine, '/prompt', {})).headers).not.toHaveProperty('cache-control')
    expect((await raw(engine, '/', {})).headers['cache-control']).toBe('no-store, must-revalidate')
  })

  it('upgrades known paths only', async () => {
    expect(await upgrade(engine, '/ws?clientId=a')).toBe(101)
    expect(await upgrade(engine, '/api/ws')).toBe(101)
    expect(await upgrade(engine, '/internal/studio/feed')).toBe(101)
    expect(await upgrade(engine, '/prompt')).toBe(404)
    expect(await upgrade(engine, '/constructor')).toBe(404)
  })

  it('opens nothing for an upgrade that names another server', async () => {
    const { hostname, port } = new URL(engine.url)
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname)
      socket.setEncoding('utf8').once('data', resolve)
      socket.write(
        'GET http://169.254.169.254/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      )
    })
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('drops a client that sends a message that is too long, and lives', async () => {
    const socket = await engine.connect()
    socket.send('x'.repeat(1024 * 1024 + 1))
    await socket.closed
    expect((await engine.fetch('/prompt')).status).toBe(200)
  })
})

describe('an engine that CORS is switched on for', () => {
  it('answers with the configured origin and lets foreign pages in', async () => {
    const engine = await startEngine({ flags: ['--enable-cors-header', 'https://tool.example'] })
    try {
      const answer = await raw(engine, '/prompt', { origin: 'https://tool.example', 'sec-fetch-site': 'cross-site' })
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': 'https://tool.example',
        'access-control-allow-methods': 'POST, GET, DELETE, PUT, OPTIONS, PATCH',
        'access-control-allow-headers': 'Content-Type, Authorization',
        'access-control-allow-credentials': 'true',
      })
    } finally {
      await engine.stop()
    }
  })
})

describe('an engine that others can reach', () => {
  it('refuses to start without a key', async () => {
    await expect(startEngine({ flags: ['--listen', '0.0.0.0'] })).rejects.toThrow(/needs a key/)
  })

  it('demands the key that the studio stored, on every path and at upgrades', async () => {
    const directory = await makeDirectory()
    const key = 'pas_0123456789'
    await mkdir(join(directory, 'secrets'))
    await writeFile(join(directory, 'secrets', 'api-key.sha256'), createHash('sha256').update(key).digest('hex'))
    const engine = await startEngine({ directory, flags: ['--listen', '0.0.0.0'] })
    try {
      const local = engine.url.replace('0.0.0.0', '127.0.0.1')
      const status = async (path: string, headers: Record<string, string>) =>
        (await fetch(local + path, { headers })).status
      for (const path of ['/', '/prompt', '/api/queue', '/view?filename=a', '/nowhere', '/internal/logs']) {
        expect(await status(path, {}), path).toBe(401)
        expect(await status(path, { 'x-api-key': `${key}x` }), path).toBe(401)
      }
      expect(await status('/prompt', { 'x-api-key': key })).toBe(200)
      expect(await status('/prompt', { authorization: `Bearer ${key}` })).toBe(200)
      expect(await status('/prompt', { 'x-api-key': 'x'.repeat(300) })).toBe(401)
      expect(await upgrade(engine, '/ws')).toBe(401)
      expect(await upgrade(engine, '/internal/studio/feed')).toBe(401)
      expect(await upgrade(engine, '/ws', { 'x-api-key': key })).toBe(101)
      expect(await upgrade(engine, `/ws?token=${key}`)).toBe(101)
      // The studio rotated the key.
      await writeFile(join(directory, 'secrets', 'api-key.sha256'), createHash('sha256').update('new').digest('hex'))
      expect(await status('/prompt', { 'x-api-key': key })).toBe(401)
      expect(await status('/prompt', { 'x-api-key': 'new' })).toBe(200)
    } finally {
      await engine.stop()
    }
  })
})
