import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { UnfinishedUploads } from '#contracts/uploads'
import { findProjectRoot } from '#platform/project-root'
import { createInputsIndex } from '../assets/inputs-index.ts'
import { everyoneIsSignedIn } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { createLedger } from '../storage/ledger.ts'
import { patience, until } from '../testing/until.ts'
import { uploadsRoutes } from './routes.ts'
import { createUploads } from './uploads.ts'

const png = await readFile(join(findProjectRoot(), 'studio-data/defaults/input/chelsea.png'))
const none = { bytes: 0 }

let directory: string
let app: Awaited<ReturnType<typeof start>> | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-uploads-'))
})
afterEach(async () => {
  await app?.close()
  app = undefined
  await rm(directory, { recursive: true, force: true })
})

/** A studio's upload routes on a free port, over the directory of this test; start again for what a restart would see. */
async function start(options: { quota?: number; maxFileBytes?: number; now?: () => Date } = {}) {
  const root = join(directory, 'input')
  await mkdir(root, { recursive: true })
  const index = createInputsIndex({ root })
  const maxFileBytes = options.maxFileBytes ?? 2 ** 32
  const uploads = createUploads({
    inputDirectory: root,
    directory: join(root, '.uploads'),
    maxFileBytes,
    ...(options.now && { now: options.now }),
  })
  const inputs = {
    get bytes() {
      return index.bytes + uploads.bytes
    },
  }
  const ledger = createLedger({
    root: directory,
    quota: options.quota ?? null,
    stored: { inputs, outputs: none, trash: none, models: none, cache: none },
  })
  const events: unknown[] = []
  const server = createApp({ authenticator: everyoneIsSignedIn })
  await server.register(
    uploadsRoutes({
      uploads,
      inputs: index,
      ledger,
      events: { append: (type, _severity, _message, data) => events.push({ type, data }) },
      maxFileBytes,
      onTrouble: () => undefined,
    }),
    { prefix: '/api/admin' },
  )
  const requests: IncomingMessage[] = []
  server.server.on('request', (request: IncomingMessage) => requests.push(request))
  await server.listen({ port: 0, host: '127.0.0.1' })
  const origin = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array | string) =>
    fetch(origin + path, {
      method,
      headers: { 'tus-resumable': '1.0.0', ...headers },
      ...(body !== undefined && { body: body as BodyInit }),
    })
  return {
    origin,
    root,
    events,
    requests,
    ledger,
    uploads,
    index,
    send,
    create: (size: number | string, name = 'photo.png', headers: Record<string, string> = {}, body?: Uint8Array) =>
      send(
        'POST',
        '/api/admin/uploads',
        { 'upload-length': String(size), 'upload-metadata': metadata({ filename: name }), ...headers },
        body,
      ),
    patch: (path: string, offset: number | string, body: Uint8Array, headers: Record<string, string> = {}) =>
      send('PATCH', path, { 'content-type': part, 'upload-offset': String(offset), ...headers }, body),
    head: (path: string) => send('HEAD', path),
    list: async () => ((await (await fetch(`${origin}/api/admin/uploads`)).json()) as UnfinishedUploads).uploads,
    visible: async () => (await readdir(root)).filter((name) => !name.startsWith('.')),
    hidden: () => readdir(join(root, '.uploads')).catch(() => []),
    async close() {
      server.server.closeAllConnections()
      await server.close()
      await index.close()
    },
  }
}
const part = 'application/offset+octet-stream'
const metadata = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')
const where = (response: Response) => response.headers.get('location')!

async function begun(size: number, name?: string) {
  const response = await app!.create(size, name)
  expect(response.status).toBe(201)
  return where(response)
}

/** Sends the beginning of a part on a connection of its own and leaves it open. */
function openPart(path: string, offset: number, announced: number, bytes: Uint8Array) {
  const headers: OutgoingHttpHeaders = {
    'tus-resumable': '1.0.0',
    'content-type': part,
    'content-length': announced,
    'upload-offset': offset,
  }
  const request = httpRequest(app!.origin + path, { method: 'PATCH', headers, agent: false })
  const broken = new Promise<void>((resolve) => request.on('error', () => resolve()))
  request.write(bytes)
  return { request, broken }
}

describe('an upload in parts', () => {
  it('becomes a visible input with the contract’s name when its last byte is here, and says so once', async () => {
    app = await start({ now: () => new Date('2026-03-24T14:30:52Z') })
    const path = await begun(png.length)
    const first = await app.patch(path, 0, png.subarray(0, 1000))
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '1000'])
    expect(await app.visible()).toEqual([])
    expect(app.events).toEqual([])
    const last = await app.patch(path, 1000, png.subarray(1000))
    const name = last.headers.get('studio-stored-as')!
    expect(name).toMatch(/^20260324_143052_[0-9a-f]{6}_photo\.png$/)
    expect(await app.visible()).toEqual([name])
    expect((await readFile(join(app.root, name))).equals(png)).toBe(true)
    expect(app.events).toEqual([{ type: 'assets.uploaded', data: { files: [name] } }])
    const head = await app.head(path)
    expect(head.headers.get('upload-offset')).toBe(String(png.length))
    expect(head.headers.get('studio-stored-as')).toBe(name)
    expect(await app.list()).toEqual([])
  })

  it('can come whole with its creation', async () => {
    app = await start()
    const answer = await app.create(png.length, 'one.png', { 'content-type': part }, png)
    expect(answer.status).toBe(201)
    expect(await app.visible()).toEqual([answer.headers.get('studio-stored-as')])
  })

  it('tells a client what the server speaks', async () => {
    app = await start({ maxFileBytes: 5000 })
    const answer = await app.send('OPTIONS', '/api/admin/uploads')
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'tus-version': '1.0.0',
      'tus-max-size': '5000',
      'tus-extension': 'creation,creation-with-upload,termination,checksum,expiration',
    })
  })

  it('is listed with what tells the file again, counts in the ledger, and goes when it is cancelled', async () => {
    app = await start()
    const answer = await app.create(png.length, 'x.png', {
      'upload-metadata': metadata({ filename: 'Bild 1.png', modified: '1700000000123' }),
    })
    await app.patch(where(answer), 0, png.subarray(0, 5000))
    expect(await app.list()).toEqual([
      {
        id: where(answer).split('/').at(-1),
        name: 'Bild 1.png',
        size: png.length,
        offset: 5000,
        modified: 1700000000123,
        active: false,
        expires_at: expect.any(Number),
      },
    ])
    expect((await app.ledger.usage()).used_by.inputs).toBe(5000)
    expect((await app.send('DELETE', where(answer))).status).toBe(204)
    expect(await app.hidden()).toEqual([])
    expect((await app.ledger.usage()).used_by.inputs).toBe(0)
    expect((await app.head(where(answer))).status).toBe(404)
  })

  it('keeps what arrived before the connection broke', async () => {
    app = await start()
    const path = await begun(png.length)
    const { request } = openPart(path, 0, png.length, png.subarray(0, 60_000))
    // More is gathered than that before it is written and told: that it was read shows at the connection only.
    await until(() => {
      const arriving = app!.requests.find(({ method }) => method === 'PATCH')
      const sent = request.socket?.bytesWritten ?? 0
      return sent > 60_000 && arriving?.socket.bytesRead === sent && arriving.readableLength === 0
    }, 'what was sent to be read')
    expect((await app.list())[0]).toMatchObject({ active: true })
    request.destroy()
    await vi.waitFor(
      async () => expect((await app!.list())[0]).toMatchObject({ active: false, offset: 60_000 }),
      patience,
    )
    expect((await app.patch(path, 60_000, png.subarray(60_000))).status).toBe(204)
    expect(await app.visible()).toHaveLength(1)
  })

  it('goes on after a restart, and is forgotten when nobody went on with it for a day', async () => {
    app = await start()
    const path = await begun(png.length)
    await app.patch(path, 0, png.subarray(0, 70_000))
    await app.close()
    app = await start()
    expect(await app.list()).toMatchObject([{ offset: 70_000, name: 'photo.png' }])
    expect(app.uploads.bytes).toBe(70_000)
    const yesterday = Date.now() / 1000 - 86_500
    await app.close()
    await utimes(join(directory, 'input/.uploads', path.split('/').at(-1)!), yesterday, yesterday)
    app = await start()
    expect(await app.list()).toEqual([])
    expect(await app.hidden()).toEqual([])
  })

  it('gets its name at the next start when the process ended right before that, and never twice', async () => {
    app = await start()
    const path = await begun(png.length)
    await app.patch(path, 0, png.subarray(0, 10))
    const id = path.split('/').at(-1)!
    await app.close()
    await writeFile(join(directory, 'input/.uploads', id), png)
    await writeFile(join(directory, 'input/.uploads', 'stray'), 'bytes without a record')
    app = await start()
    expect(await app.visible()).toEqual([expect.stringMatching(/_photo\.png$/)])
    expect(app.events).toHaveLength(1)
    // As if it had ended between the two names: both lead to the same bytes.
    await app.close()
    const { link } = await import('node:fs/promises')
    const [name] = (await readdir(join(directory, 'input'))).filter((each) => !each.startsWith('.'))
    await link(join(directory, 'input', name!), join(directory, 'input/.uploads', id))
    app = await start()
    expect(await app.visible()).toEqual([name])
    expect(await app.hidden()).toEqual([])
  })

  it('tells the stored name again to a client whose last answer got lost', async () => {
    app = await start()
    const path = await begun(png.length)
    const name = (await app.patch(path, 0, png)).headers.get('studio-stored-as')
    await app.close()
    app = await start()
    expect((await app.head(path)).headers.get('studio-stored-as')).toBe(name)
    expect((await app.patch(path, 0, png)).status).toBe(409)
    expect(await app.visible()).toEqual([name])
  })
})

describe('what is refused', () => {
  it('a file that is no picture or video, with the reason, as soon as its beginning is here', async () => {
    app = await start()
    const text = Buffer.from('just text, '.repeat(100))
    const path = await begun(1_000_000, 'clip.mkv')
    const answer = await app.patch(path, 0, text)
    expect([answer.status, await answer.json()]).toEqual([400, { detail: 'not a supported image or video' }])
    expect((await app.head(path)).status).toBe(404)
    const small = await begun(11, 'a.png')
    expect((await app.patch(small, 0, text.subarray(0, 11))).status).toBe(400)
    expect(await app.hidden()).toEqual([])
    expect(await app.visible()).toEqual([])
  })

  it('judges by content also when the beginning comes byte by byte', async () => {
    app = await start()
    const path = await begun(png.length)
    for (let at = 0; at < 8; at++) await app.patch(path, at, png.subarray(at, at + 1))
    expect((await app.patch(path, 8, png.subarray(8))).headers.get('studio-stored-as')).toMatch(/\.png$/)
  })

  it('empty files, files over the limit, files without room', async () => {
    app = await start({ maxFileBytes: 1000, quota: 500 })
    const statuses = [await app.create(0), await app.create(1001), await app.create(900)].map(({ status }) => status)
    expect(statuses).toEqual([400, 413, 507])
    expect(await app.hidden()).toEqual([])
  })

  it('lengths and offsets that are none', async () => {
    app = await start()
    for (const size of ['-1', '1e9', '0x10', ' ', '9'.repeat(16), '1.5', 'NaN']) {
      expect((await app.create(size)).status, size).toBe(400)
    }
    const path = await begun(png.length)
    for (const offset of ['-1', '', '1e3', '9'.repeat(20)]) {
      expect((await app.patch(path, offset, png)).status, offset).toBe(400)
    }
    expect((await app.send('POST', '/api/admin/uploads', { 'upload-defer-length': '1' })).status).toBe(400)
  })

  it('parts that begin elsewhere or are longer than the file', async () => {
    app = await start()
    const path = await begun(1000)
    expect((await app.patch(path, 10, png.subarray(0, 100))).status).toBe(409)
    expect((await app.patch(path, 0, png.subarray(0, 1001))).status).toBe(413)
    const chunked = await fetch(app.origin + path, {
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', 'content-type': part, 'upload-offset': '0' },
      body: new Blob([png]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
    expect((await app.head(path)).headers.get('upload-offset')).toBe('0')
    expect(await app.visible()).toEqual([])
  })

  it('another version of the protocol, another type of body, ids that are none', async () => {
    app = await start()
    const path = await begun(1000)
    expect((await app.send('HEAD', path, { 'tus-resumable': '0.2.2' })).status).toBe(412)
    expect((await app.patch(path, 0, png.subarray(0, 9), { 'content-type': 'image/png' })).status).toBe(415)
    for (const id of ['photo.png', `${'0'.repeat(32)}`, '..%2f..%2fsecrets', `${path.split('/').at(-1)}.json`]) {
      expect((await app.head(`/api/admin/uploads/${id}`)).status, id).toBe(404)
    }
  })

  it('metadata that is no base64; hostile names become harmless', async () => {
    app = await start()
    expect((await app.create(10, 'a', { 'upload-metadata': 'filename ***' })).status).toBe(400)
    expect((await app.create(10, 'a', { 'upload-metadata': metadata({ modified: 'yesterday' }) })).status).toBe(400)
    for (const name of ['../../etc/passwd.png', '/root/.ssh/x.png', 'a\u0000b.png', '猫.png', 'x'.repeat(900)]) {
      await app.patch(await begun(png.length, name), 0, png)
    }
    const names = await app.visible()
    expect(names).toHaveLength(5)
    for (const name of names) expect(name).toMatch(/^\d{8}_\d{6}_[0-9a-f]{6}_[A-Za-z0-9._-]{1,180}$/)
    expect(await readdir(directory)).toEqual(['input'])
  })

  it('a part that is not what its checksum says: nothing of it is kept', async () => {
    app = await start()
    const path = await begun(png.length)
    const sum = (bytes: Uint8Array) => `sha1 ${createHash('sha1').update(bytes).digest('base64')}`
    const send = (bytes: Uint8Array, checksum: string) => app!.patch(path, 0, bytes, { 'upload-checksum': checksum })
    expect((await send(png, sum(png.subarray(1)))).status).toBe(460)
    expect((await app.head(path)).headers.get('upload-offset')).toBe('0')
    expect((await send(png, 'md5 AAAA')).status).toBe(400)
    expect((await send(png, sum(png))).status).toBe(204)
    expect(await app.visible()).toHaveLength(1)
  })
})

describe('two writers of one upload', () => {
  it('a later one takes over from a connection that hangs, and no byte is stored twice', async () => {
    app = await start()
    const path = await begun(png.length)
    const hanging = openPart(path, 0, png.length, png.subarray(0, 50_000))
    await vi.waitFor(async () => expect((await app!.list())[0]?.active).toBe(true), patience)
    const offset = Number((await app.head(path)).headers.get('upload-offset'))
    await hanging.broken
    expect(offset).toBeLessThanOrEqual(50_000)
    expect((await app.patch(path, offset, png.subarray(offset))).status).toBe(204)
    const [name] = await app.visible()
    expect((await readFile(join(app.root, name!))).equals(png)).toBe(true)
  })

  it('at once with the same bytes store the file once, whoever wins', async () => {
    app = await start()
    const path = await begun(png.length)
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => app!.patch(path, 0, png)))
    const statuses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.status] : []))
    for (const status of statuses) expect([204, 409]).toContain(status)
    for (;;) {
      const offset = Number((await app.head(path)).headers.get('upload-offset'))
      if (offset === png.length) break
      await app.patch(path, offset, png.subarray(offset))
    }
    const names = await app.visible()
    expect(names).toHaveLength(1)
    expect((await readFile(join(app.root, names[0]!))).equals(png)).toBe(true)
  })

  it('cancelling ends the one who is writing', async () => {
    app = await start()
    const path = await begun(png.length)
    const { broken } = openPart(path, 0, png.length, png.subarray(0, 50_000))
    await vi.waitFor(async () => expect((await app!.list())[0]?.active).toBe(true), patience)
    expect((await app.send('DELETE', path)).status).toBe(204)
    await broken
    expect(await app.hidden()).toEqual([])
  })
})
