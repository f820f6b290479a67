import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { blocks, type FakeUpstream, startFakeUpstream } from './fake-upstream.ts'
import {
  jsonBody,
  ownOrigin,
  type StudioUnderTest,
  signIn,
  startStudioUnderTest,
  testKey,
} from './studio-under-test.ts'

let upstream: FakeUpstream
let studio: StudioUnderTest
beforeEach(async () => {
  upstream = await startFakeUpstream()
  studio = await startStudioUnderTest({ ENGINE_URL: upstream.url })
  await until(async () => (await studio.ask('GET', '/api/prompt', { headers: key })).status === 200)
  upstream.seen.length = 0
})
afterEach(async () => {
  await studio.close()
  await upstream.close()
})

const key = { 'x-api-key': testKey }
const size = 50 * 1024 * 1024

async function until(satisfied: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await satisfied())) await sleep(10)
}

describe('the Comfy API through the studio', () => {
  it('has its paths as the engine has them, and the bare ones below /engine', async () => {
    for (const [path, at] of [
      ['/api/history/abc?max_items=5', '/api/history/abc?max_items=5'],
      ['/engine/history?x=1', '/history?x=1'],
      ['/engine/api/jobs', '/api/jobs'],
      ['/engine', '/'],
      ['/engine/', '/'],
      ['/api/userdata/workflows%2Fmine.json', '/api/userdata/workflows%2Fmine.json'],
    ]) {
      expect((await studio.ask('GET', path!, { headers: key })).status).toBe(200)
      expect(upstream.seen.at(-1)!.url).toBe(at)
    }
  })

  it('never shows the engine a key, a cookie or where the caller came from', async () => {
    const cookie = `${await signIn(studio)}; theme=dark`
    await studio.ask('POST', '/api/prompt', jsonBody({}, { ...ownOrigin(studio), cookie, 'comfy-user': 'me' }))
    await studio.ask('GET', '/api/queue', {
      headers: { authorization: `Bearer ${testKey}`, 'x-forwarded-for': '1.2.3.4' },
    })
    const [posted, read] = upstream.seen.slice(-2)
    for (const { headers } of [posted!, read!]) {
      expect(JSON.stringify(headers)).not.toContain(testKey)
      for (const name of ['cookie', 'authorization', 'x-api-key', 'origin', 'sec-fetch-site', 'x-forwarded-for']) {
        expect(headers).not.toHaveProperty(name)
      }
      expect(headers.host).toBe(new URL(upstream.url).host)
    }
    expect(posted!.headers).toMatchObject({ 'comfy-user': 'me', 'content-type': 'application/json' })
  })

  it('sends its answers so that nothing in them can run or plant a cookie', async () => {
    const { headers } = await studio.ask('GET', '/api/view?filename=evil.html', { headers: key })
    expect(headers['x-from-engine']).toBe('yes')
    expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers).not.toHaveProperty('set-cookie')
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('streams fifty megabytes up, with and without an announced length', async () => {
    const expected = createHash('sha256')
    for (const part of blocks(size)) expected.update(part)
    const sha256 = expected.digest('hex')
    for (const headers of [{ 'content-length': String(size) }, {}]) {
      const request = httpRequest(`${studio.url}/api/hash`, { method: 'POST', headers: { ...key, ...headers } })
      const answered = once(request, 'response') as Promise<[IncomingMessage]>
      await pipeline(Readable.from(blocks(size)), request)
      const [response] = await answered
      expect(JSON.parse(Buffer.concat(await response.toArray()).toString())).toEqual({ bytes: size, sha256 })
    }
  })

  it('streams fifty megabytes down, keeping an announced length, and waits for a slow reader', async () => {
    const response = await get(`/api/big?bytes=${size}&length`)
    expect(response.headers['content-length']).toBe(String(size))
    const grown = process.memoryUsage().arrayBuffers
    await sleep(200)
    // Nobody reads: what is under way is a few buffers, not the file.
    expect(process.memoryUsage().arrayBuffers - grown).toBeLessThan(16 * 1024 * 1024)
    let bytes = 0
    for await (const chunk of response) bytes += (chunk as Buffer).length
    expect(bytes).toBe(size)
  })

  it("ends the engine's work when the caller goes away", async () => {
    const response = await get('/api/big?bytes=9000000000')
    response.destroy()
    await until(() => upstream.brokenOff === 1)
    const hanging = httpRequest(`${studio.url}/api/hang`, { headers: key })
    hanging.on('error', () => undefined).end()
    await until(() => upstream.seen.at(-1)?.url === '/api/hang')
    hanging.destroy()
    await until(() => upstream.brokenOff === 2)
  })

  it('passes on a refusal that comes before the body was sent', async () => {
    const request = httpRequest(`${studio.url}/api/refuse`, {
      method: 'POST',
      headers: { ...key, 'content-length': String(size) },
    })
    request.on('error', () => undefined)
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    request.write('the beginning')
    const [response] = await answered
    expect(response.statusCode).toBe(413)
    expect(Buffer.concat(await response.toArray()).toString()).toBe('{"error":"too big"}')
    request.destroy()
  })

  it('answers 503 in words when the engine is gone, and works again when it is back', async () => {
    upstream.die()
    const answer = await studio.ask('GET', '/api/queue', { headers: key })
    expect(answer.status).toBe(503)
    expect((answer.json() as { detail: string }).detail).toMatch(/engine/i)
    upstream.revive()
    await until(async () => (await studio.ask('GET', '/api/queue', { headers: key })).status === 200)
  })
})

describe('the WebSocket through the studio', () => {
  it.each([
    ['/ws', {}],
    ['/ws?clientId=abc', {}],
    ['/api/ws?clientId=abc', {}],
    ['/engine/ws?clientId=abc', {}],
  ])('%s opens with the key and carries frames both ways', async (path) => {
    const socket = new WebSocket(studio.url.replace('http', 'ws') + path, { headers: key })
    const messages = collect(socket)
    await once(socket, 'open')
    const big = randomBytes(3_000_000)
    socket.send('text')
    socket.send(big)
    await until(() => messages.length === 3)
    expect([String(messages[0]), String(messages[1]), messages[2]!.equals(big)]).toEqual(['hello', 'text', true])
    expect(upstream.seen.at(-1)!.url).toBe(path.replace(/^\/(api|engine)/, ''))
    expect(JSON.stringify(upstream.seen.at(-1)!.headers)).not.toContain(testKey)
    socket.close()
    await once(socket, 'close')
  })

  it('takes the key as ?token= and keeps it from the engine', async () => {
    const socket = new WebSocket(`${studio.url.replace('http', 'ws')}/ws?clientId=a%20b&token=${testKey}`)
    await once(socket, 'open')
    expect(upstream.seen.at(-1)!.url).toBe('/ws?clientId=a+b')
    socket.terminate()
  })

  it('opens for a page of ours with its cookie, and for no other page', async () => {
    const cookie = await signIn(studio)
    expect(await handshake('/ws', { cookie, origin: studio.url })).toBe(101)
    expect(await handshake('/ws', { cookie, origin: 'https://evil.example' })).toBe(403)
    expect(await handshake('/ws', { cookie, origin: 'null' })).toBe(403)
    expect(await handshake('/ws', { cookie })).toBe(403)
    expect(await handshake('/ws', { 'x-api-key': testKey, origin: 'https://evil.example' })).toBe(403)
  })

  it('refuses before the handshake: no credentials 401, wrong ones 401, a foreign host 403', async () => {
    expect(await handshake('/ws', {})).toBe(401)
    expect(await handshake('/ws?token=wrong', {})).toBe(401)
    expect(await handshake('/ws', { 'x-api-key': 'wrong' })).toBe(401)
    expect(await handshake('/ws', { 'x-api-key': testKey, host: 'evil.example' })).toBe(403)
    expect(upstream.seen.filter(({ method }) => method === 'UPGRADE')).toEqual([])
  })

  it('destroys upgrades of any other address, absolute ones included', async () => {
    for (const path of ['/', '/_next/webpack-hmr', '/internal/studio/feed', '/engine/internal/studio/feed', '/wss']) {
      expect(await handshake(path, { 'x-api-key': testKey })).toBe('cut')
    }
    expect(await handshake('http://169.254.169.254/ws', { 'x-api-key': testKey })).toBe(400)
    expect(upstream.seen.filter(({ method }) => method === 'UPGRADE')).toEqual([])
  })

  it('ends with the session that opened it', async () => {
    const cookie = await signIn(studio)
    const socket = new WebSocket(`${studio.url.replace('http', 'ws')}/ws`, { headers: { cookie, origin: studio.url } })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    await studio.ask('POST', '/api/auth/logout', { headers: { ...ownOrigin(studio), cookie } })
    await closed
  })

  it('lets one browser open eight and no more', async () => {
    const cookie = await signIn(studio)
    const sockets: WebSocket[] = []
    for (let n = 0; n < 8; n++) {
      const socket = new WebSocket(`${studio.url.replace('http', 'ws')}/ws`, {
        headers: { cookie, origin: studio.url },
      })
      await once(socket, 'open')
      sockets.push(socket)
    }
    expect(await handshake('/ws', { cookie, origin: studio.url })).toBe(429)
    for (const socket of sockets) socket.terminate()
  })

  it('survives peers that vanish in the middle of everything', async () => {
    for (let n = 0; n < 20; n++) {
      const socket = connect(studio.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(upgradeHead('/ws', { 'x-api-key': testKey }))
      if (n % 2) await once(socket, 'data')
      socket.resetAndDestroy()
    }
    expect((await studio.ask('GET', '/healthz')).status).toBe(200)
  })
})

async function get(path: string): Promise<IncomingMessage> {
  const request = httpRequest(studio.url + path, { headers: key })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.on('error', () => undefined)
  return response
}

function collect(socket: WebSocket): Buffer[] {
  const messages: Buffer[] = []
  socket.on('message', (data: Buffer) => messages.push(data))
  return messages
}

function upgradeHead(path: string, headers: Record<string, string>): string {
  const all = {
    host: `127.0.0.1:${studio.port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}

/** The status an upgrade is answered with; `cut` when the connection ends without a word. */
async function handshake(path: string, headers: Record<string, string>): Promise<number | 'cut'> {
  const socket = connect(studio.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(upgradeHead(path, headers))
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.includes('\r\n\r\n')) break
  }
  socket.destroy()
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  return status === undefined ? 'cut' : Number(status)
}
