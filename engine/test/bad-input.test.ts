/** @file Hostile and broken requests at every route that takes a body: each is answered in words, and the engine lives on. */
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { savePicture } from './graphs.ts'
import { startEngine, type TestEngine } from './harness.ts'

let engine: TestEngine
let pid: number
let asset: string

beforeAll(async () => {
  engine = await startEngine()
  pid = await engine.runnerPid()
  const form = new FormData()
  form.append('tags', 'input')
  form.append('file', new Blob(['bytes']), 'a.txt')
  asset = (await (await engine.fetch('/api/assets', { method: 'POST', body: form })).json()).id
})
afterAll(async () => {
  // Neither the engine nor its runner had to be started again.
  expect(await engine.runnerPid()).toBe(pid)
  expect((await engine.run(savePicture(0x77))).entry.status.status_str).toBe('success')
  await engine.stop()
})

/** What comes back first; empty when the connection ends without an answer. */
const firstAnswer = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.once('data', (data) => resolve(String(data)))
    socket.once('close', () => resolve(''))
  })

/** Every route that reads JSON. `{asset}` stands for one that exists. */
const jsonRoutes = [
  'POST /prompt',
  'POST /queue',
  'POST /history',
  'POST /free',
  'POST /api/jobs/cancel',
  'POST /users',
  'POST /settings',
  'POST /settings/some.id',
  'PATCH /internal/logs/subscribe',
  'POST /api/assets/from-hash',
  'PUT /api/assets/{asset}',
  'POST /api/assets/{asset}/tags',
  'DELETE /api/assets/{asset}/tags',
  'POST /api/assets/seed',
]
const send = (route: string, body: BodyInit) => {
  const [method, path] = route.split(' ') as [string, string]
  return engine.fetch(path.replace('{asset}', asset), { method, body })
}

const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
const notUtf8 = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xc0]), Buffer.from('"}')])

describe.each(jsonRoutes)('%s', (route) => {
  it.each([
    ['broken JSON', '{broken'],
    ['JSON that is nested too deeply', deep],
    ['bytes that are no UTF-8', notUtf8],
    ['a lone surrogate cut short', '{"a":"\\ud8'],
    ['something after the JSON', '{} {}'],
  ])('answers %s with 400 and a text', async (_what, body) => {
    const answer = await send(route, body as BodyInit)
    const text = JSON.parse(await answer.text())
    expect([answer.status, JSON.stringify(text.error)]).toEqual([400, expect.stringMatching(/\w+/)])
  })

  it('answers JSON of another kind without falling over', async () => {
    for (const body of ['null', '[]', '1', '"text"', 'true', '{}', '{"__proto__":{"a":1},"constructor":{}}']) {
      expect((await send(route, body)).status, body).toBeLessThan(500)
    }
  })
})

describe('other requests', () => {
  it('that are larger than a body may be are 413', async () => {
    const big = JSON.stringify({ prompt: savePicture(), note: 'x'.repeat(17 * 1024 * 1024) })
    expect((await send('POST /prompt', big)).status).toBe(413)
  })

  it('cannot reach prototypes through settings, and keep odd keys as they are', async () => {
    await send('POST /settings', '{"__proto__":{"polluted":1},"constructor":2}')
    const settings = await (await engine.fetch('/settings')).text()
    expect(settings).toContain('"constructor":2')
    expect(await engine.get('/settings/polluted')).toBeNull()
    expect(await engine.get('/settings/toString')).toBeNull()
  })

  it.each([
    '/userdata/%E0%A4%A',
    '/view?filename=%00',
    '/view?filename=%ff%fe',
    `/view?filename=${'a'.repeat(5000)}`,
    '/object_info/%00',
    '/history?max_items=1e9',
    '/history?max_items[]=1',
    '/api/jobs?limit=1&limit=2',
    '/api/assets?metadata_filter=%7B',
    '/api/assets?limit=NaN',
    '/experiment/models/preview/loras/0/%00',
    '/view_metadata/loras?filename=..%5C..%5Cx.safetensors',
    '//evil.example/prompt',
  ])('are answered below 500: GET %s', async (path) => {
    expect((await engine.fetch(path)).status).toBeLessThan(500)
  })

  it.each(['/upload/image', '/upload/mask', '/api/assets'])('of garbage for a form are refused: %s', async (path) => {
    const boundary = 'multipart/form-data; boundary=x'
    const part = '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    for (const [type, body] of [
      [boundary, 'no form at all'],
      [boundary, part],
      [boundary, part.replace('"image"', '"file"')],
      [boundary, part.replace('"image"', '"other"')],
      [boundary, '--x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--x--\r\n'],
      [boundary, `--x\r\n${'A: b\r\n'.repeat(5000)}\r\n`],
      ['multipart/form-data', part],
      ['multipart/form-data; boundary=', part],
      [boundary, '\u0000'.repeat(1000)],
    ] as const) {
      const answer = await engine.fetch(path, { method: 'POST', headers: { 'content-type': type }, body })
      expect([type, body.slice(0, 20), answer.status]).toEqual([type, body.slice(0, 20), expect.any(Number)])
      expect([400, 415]).toContain(answer.status)
    }
  })

  it('with metadata that is nested without end are refused', async () => {
    const form = new FormData()
    form.append('tags', 'input')
    form.append('user_metadata', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)
    form.append('file', new Blob([crypto.randomUUID()]), 'a.txt')
    const answer = await engine.fetch('/api/assets', { method: 'POST', body: form })
    expect([answer.status, (await answer.json()).error.code]).toEqual([400, 'INVALID_BODY'])
    const filter = encodeURIComponent(`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`)
    expect((await engine.fetch(`/api/assets?metadata_filter=${filter}`)).status).toBe(400)
  })

  it('that are no HTTP are answered and closed', async () => {
    const { port } = new URL(engine.url)
    for (const text of [
      'hello\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET / HTTP/1.1\r\nA: ${'x'.repeat(100_000)}\r\n\r\n`,
    ]) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(text)
      await new Promise((resolve) => socket.resume().once('close', resolve))
    }
    expect((await engine.fetch('/prompt')).status).toBe(200)
  })
})

describe('upgrades', () => {
  it.each([...['//', '//[', '/ws?%', '/ws?clientId=%ff', '//a:99999/ws', 'http://[', '*']])(
    'to %s are answered or closed',
    async (target) => {
      const { port } = new URL(engine.url)
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      )
      const answer = await firstAnswer(socket)
      socket.destroy()
      expect(answer).toMatch(/^HTTP\/1\.1 (101|400|404) /)
      expect((await engine.fetch('/prompt')).status).toBe(200)
    },
  )

  it('without the headers of a WebSocket are refused', async () => {
    const { port } = new URL(engine.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n')
    const answer = await firstAnswer(socket)
    socket.destroy()
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  })
})

describe('frames of a client', () => {
  it.each([
    ['too large', 'x'.repeat(2 * 1024 * 1024), false],
    ['binary', Buffer.alloc(1000), true],
    ['nested without end', `{"type":${'['.repeat(100_000)}`, true],
    ['feature flags of no kind', '{"type":"feature_flags","data":[1]}', true],
    ['with a __proto__', '{"type":"feature_flags","data":{"__proto__":{"supports_preview_metadata":true}}}', true],
  ] as const)('that are %s disturb nobody', async (_what, frame, stays) => {
    const other = await engine.connect()
    const socket = new WebSocket(`${engine.url.replace('http', 'ws')}/ws?clientId=${crypto.randomUUID()}`)
    await new Promise((resolve) => socket.once('message', resolve))
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.send(frame)
    if (stays) {
      await engine.post('/queue', { clear: true })
      expect(socket.readyState).toBe(WebSocket.OPEN)
      socket.close()
    }
    expect(await closed).toBe(stays ? 1005 : 1009)
    other.send({ type: 'feature_flags', data: {} })
    await other.until(({ type }) => type === 'feature_flags')
    other.close()
  })
})
