import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine, type TestEngine, type WireEvent } from './harness.ts'

let engine: TestEngine
let picture: Buffer

beforeAll(async () => {
  engine = await startEngine({ flags: ['--max-upload-size', '1'] })
  picture = await sharp({
    create: { width: 20, height: 10, channels: 4, background: { r: 200, g: 100, b: 50, alpha: 0.5 } },
  })
    .png()
    .toBuffer()
  await writeFile(join(engine.output, 'clear.png'), picture)
})
afterAll(() => engine.stop())

function form(fields: Record<string, string>, bytes: Uint8Array | null, name = 'a.png'): FormData {
  const data = new FormData()
  // Clients send the file first and say afterwards where it goes.
  if (bytes) data.append('image', new Blob([Uint8Array.from(bytes)]), name)
  for (const [key, value] of Object.entries(fields)) data.append(key, value)
  return data
}

async function upload(fields: Record<string, string>, bytes: Uint8Array | null, name?: string, path = '/upload/image') {
  const response = await engine.fetch(path, { method: 'POST', body: form(fields, bytes, name) })
  return { status: response.status, body: response.status === 200 ? await response.json() : null }
}

describe('POST /upload/image', () => {
  it('stores a file and answers its triple and its asset', async () => {
    const { body } = await upload({ subfolder: 'sub/deep' }, Buffer.from('one'), 'ü b.txt')
    const triple = { name: 'ü b.txt', subfolder: 'sub/deep', type: 'input' }
    expect(body).toEqual({ ...triple, asset: expect.objectContaining({ name: 'ü b.txt' }) })
    expect(await readFile(join(engine.input, 'sub/deep/ü b.txt'), 'utf8')).toBe('one')
  })

  it('writes nothing for identical bytes, and numbers other bytes', async () => {
    const names = []
    for (const text of ['1', '1', '2', '2', '3']) {
      names.push((await upload({}, Buffer.from(text), 'same.bin')).body.name)
    }
    expect(names).toEqual(['same.bin', 'same.bin', 'same (1).bin', 'same (1).bin', 'same (2).bin'])
    const stored = (await readdir(engine.input)).filter((name) => name.startsWith('same'))
    expect(stored.sort()).toEqual(['same (1).bin', 'same (2).bin', 'same.bin'])
  })

  it('replaces only when told to', async () => {
    await upload({}, Buffer.from('old'), 'over.bin')
    for (const overwrite of ['true', '1']) {
      const { body } = await upload({ overwrite }, Buffer.from(overwrite), 'over.bin')
      expect(body.name).toBe('over.bin')
      expect(await readFile(join(engine.input, 'over.bin'), 'utf8')).toBe(overwrite)
    }
    expect((await upload({ overwrite: 'yes' }, Buffer.from('x'), 'over.bin')).body.name).toBe('over (1).bin')
  })

  it('refuses places outside, reserved names, unknown types and forms without a file, and leaves nothing behind', async () => {
    await symlink('/tmp', join(engine.input, 'out'))
    const refused = [
      upload({}, Buffer.from('x'), '../evil.png'),
      upload({}, Buffer.from('x'), '/etc/evil.png'),
      upload({ subfolder: '../..' }, Buffer.from('x')),
      upload({ subfolder: '/tmp' }, Buffer.from('x')),
      upload({ subfolder: 'out' }, Buffer.from('x')),
      upload({ type: 'models' }, Buffer.from('x')),
      upload({ type: 'output' }, Buffer.from('x'), 'job.json'),
      upload({}, null),
      engine.fetch('/upload/image', { method: 'POST', body: 'no form' }),
      engine.fetch('/upload/image', {
        method: 'POST',
        body: '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\ncut',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      }),
    ]
    for (const answer of await Promise.all(refused)) expect(answer.status).toBe(400)
    expect((await readdir(engine.input)).filter((name) => name.startsWith('.tmp-'))).toEqual([])
  })

  it('answers 413 beyond the limit and leaves nothing behind', async () => {
    const big = new Uint8Array(1024 * 1024 + 1)
    expect((await upload({}, big, 'big.bin')).status).toBe(413)
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'))
        controller.enqueue(big)
        controller.close()
      },
    })
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const init = { method: 'POST', body: chunked, headers, duplex: 'half' } as RequestInit
    expect((await engine.fetch('/upload/image', init)).status).toBe(413)
    await engine.until(async () => !(await readdir(engine.input)).some((name) => name.startsWith('.tmp-')))
    expect((await readdir(engine.input)).includes('big.bin')).toBe(false)
  })

  it('leaves nothing of an upload whose client went away', async () => {
    const { hostname, port } = new URL(engine.url)
    const socket = connect(Number(port), hostname)
    const head =
      'POST /upload/image HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n' +
      'Content-Length: 500000\r\n\r\n--x\r\nContent-Disposition: form-data; name="image"; filename="gone.bin"\r\n\r\n'
    socket.write(head + 'x'.repeat(300_000))
    const temporaries = async () => (await readdir(engine.input)).filter((name) => name.startsWith('.tmp-'))
    await engine.until(async () => (await temporaries()).length === 1)
    socket.destroy()
    await engine.until(async () => (await temporaries()).length === 0)
    expect(await readdir(engine.input)).not.toContain('gone.bin')
  })
})

describe('POST /upload/mask', () => {
  it('saves the colours of the original with the drawn alpha, keeping its texts', async () => {
    const text = await textPng()
    await writeFile(join(engine.input, 'original.png'), text)
    const drawn = await sharp({
      create: { width: 20, height: 10, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.2 } },
    })
      .png()
      .toBuffer()
    const ref = JSON.stringify({ filename: 'original.png [input]' })
    const { body } = await upload({ original_ref: ref, subfolder: 'clipspace' }, drawn, 'mask.png', '/upload/mask')
    expect(body).toMatchObject({ name: 'mask.png', subfolder: 'clipspace', type: 'input' })
    const saved = await readFile(join(engine.input, 'clipspace/mask.png'))
    expect(saved.includes(Buffer.from('prompt\0{"a":1}'))).toBe(true)
    const { data } = await sharp(saved).raw().toBuffer({ resolveWithObject: true })
    expect([...data.subarray(0, 4)]).toEqual([200, 100, 50, 51])
  })

  it('saves nothing and still answers 200 when the original does not exist', async () => {
    const ref = JSON.stringify({ filename: 'nobody.png' })
    const { status } = await upload({ original_ref: ref }, picture, 'unsaved.png', '/upload/mask')
    expect(status).toBe(200)
    expect(await readdir(engine.input)).not.toContain('unsaved.png')
  })

  it('refuses what is no picture, another size and a reference that is no JSON', async () => {
    const ref = JSON.stringify({ filename: 'clear.png' })
    expect((await upload({ original_ref: ref }, Buffer.from('no'), 'm.png', '/upload/mask')).status).toBe(400)
    const small = await sharp(picture).resize(5, 5).png().toBuffer()
    expect((await upload({ original_ref: ref }, small, 'm.png', '/upload/mask')).status).toBe(400)
    expect((await upload({ original_ref: '{' }, picture, 'm.png', '/upload/mask')).status).toBe(400)
  })
})

describe('GET /view', () => {
  const view = (query: Record<string, string>, headers = {}) =>
    engine.fetch(`/view?${new URLSearchParams(query)}`, { headers })

  it('answers the file with its type, name, validators and length', async () => {
    const response = await view({ filename: 'clear.png' })
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'filename="clear.png"',
      'x-content-type-options': 'nosniff',
      'content-length': String(picture.length),
      'accept-ranges': 'bytes',
    })
    expect(Buffer.from(await response.arrayBuffer())).toEqual(picture)
    const etag = response.headers.get('etag')!
    expect((await view({ filename: 'clear.png' }, { 'if-none-match': etag })).status).toBe(304)
  })

  it('answers byte ranges', async () => {
    const part = await view({ filename: 'clear.png' }, { range: 'bytes=1-3' })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      `bytes 1-3/${picture.length}`,
      'PNG',
    ])
    const tail = await view({ filename: 'clear.png' }, { range: 'bytes=-4' })
    expect((await tail.arrayBuffer()).byteLength).toBe(4)
    expect((await view({ filename: 'clear.png' }, { range: 'bytes=999999-' })).status).toBe(416)
  })

  it.each([
    [{}, 404],
    [{ filename: '' }, 400],
    [{ filename: '/etc/passwd' }, 400],
    [{ filename: '../secrets/api-key.sha256' }, 400],
    [{ filename: 'a..png' }, 400],
    [{ filename: 'clear.png', type: 'models' }, 400],
    [{ filename: 'clear.png', subfolder: '..' }, 403],
    [{ filename: 'clear.png', subfolder: '/etc' }, 403],
    [{ filename: 'passwd', subfolder: 'a/../../..' }, 403],
    [{ filename: 'nobody.png' }, 404],
    [{ filename: `blake3:${'0'.repeat(64)}` }, 404],
    [{ filename: 'link.png' }, 404],
    [{ filename: 'a.png', subfolder: 'linked' }, 404],
    [{ filename: 'a\0.png' }, 404],
  ] as [Record<string, string>, number][])('answers %j with %i and an empty body', async (query, status) => {
    await symlink('/etc/hostname', join(engine.output, 'link.png')).catch(() => undefined)
    await symlink('/tmp', join(engine.output, 'linked')).catch(() => undefined)
    const response = await view(query)
    expect([response.status, await response.text()]).toEqual([status, ''])
  })

  it('lets the annotation win over the type, and reads only the last part of the name', async () => {
    await writeFile(join(engine.input, 'note.txt'), 'hello')
    expect(await (await view({ filename: 'note.txt [input]', type: 'temp' })).text()).toBe('hello')
    await mkdir(join(engine.output, 'sub'), { recursive: true })
    await writeFile(join(engine.output, 'sub', 'b.txt'), 'b')
    expect(await (await view({ filename: 'x/b.txt', subfolder: 'sub' })).text()).toBe('b')
  })

  it('re-encodes previews and single channels', async () => {
    const decode = async (query: Record<string, string>) => {
      const response = await view({ filename: 'clear.png', ...query })
      const bytes = Buffer.from(await response.arrayBuffer())
      const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
      return { type: response.headers.get('content-type'), pixel: [...data.subarray(0, info.channels)] }
    }
    expect((await decode({ preview: 'webp;90' })).type).toBe('image/webp')
    expect((await decode({ preview: 'gif' })).type).toBe('image/webp')
    expect((await decode({ preview: 'jpeg;80' })).type).toBe('image/webp')
    expect(await decode({ preview: 'jpeg;80', channel: 'rgb' })).toMatchObject({ type: 'image/jpeg' })
    expect(await decode({ channel: 'rgb' })).toEqual({ type: 'image/png', pixel: [200, 100, 50] })
    expect(await decode({ channel: 'a' })).toEqual({ type: 'image/png', pixel: [0, 0, 0, 128] })
  })

  it('never lets a browser run what was saved', async () => {
    for (const name of ['a.html', 'a.svg', 'A.XHTML', 'a.js', 'a.xml', 'a.css']) {
      await writeFile(join(engine.output, name), '<script>alert(1)</script>')
      const response = await view({ filename: name })
      expect(response.headers.get('content-type')).toBe('application/octet-stream')
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`)
    }
  })
})

describe('user data', () => {
  const path = (file: string) => `/userdata/${encodeURIComponent(file)}`
  const put = (file: string, body: string, query = '') => engine.fetch(path(file) + query, { method: 'POST', body })

  it('keeps, lists, moves and deletes files', async () => {
    expect(await engine.get('/v2/userdata')).toEqual([])
    expect(await (await put('workflows/a b.json', '{"a":1}')).json()).toBe('workflows/a b.json')
    const info = await (await put('workflows/deep/c.json', '{}', '?full_info=true')).json()
    expect(info).toMatchObject({ path: 'workflows/deep/c.json', size: 2 })
    expect(info.modified).toBeGreaterThan(1e12)
    expect(await (await engine.fetch(path('workflows/a b.json'))).text()).toBe('{"a":1}')

    expect(await engine.get('/userdata?dir=workflows')).toEqual(['a b.json'])
    expect(await engine.get('/userdata?dir=workflows&recurse=true')).toEqual(['a b.json', 'deep/c.json'])
    expect(await engine.get('/userdata?dir=workflows&recurse=true&split=true')).toEqual([
      ['a b.json', 'a b.json'],
      ['deep/c.json', 'deep', 'c.json'],
    ])
    expect((await engine.get('/userdata?dir=workflows&full_info=true'))[0]).toMatchObject({ path: 'a b.json', size: 7 })
    expect(
      (await engine.get('/api/v2/userdata?path=workflows')).map((entry: Record<string, unknown>) => [
        entry.path,
        entry.type,
      ]),
    ).toEqual([
      ['workflows/deep', 'directory'],
      ['workflows/a b.json', 'file'],
      ['workflows/deep/c.json', 'file'],
    ])

    expect((await put('workflows/a b.json', 'x', '?overwrite=false')).status).toBe(409)
    expect((await put('workflows/a b.json', '{"a":2}')).status).toBe(200)
    const move = `${path('workflows/a b.json')}/move/${encodeURIComponent('other/d.json')}`
    expect(await (await engine.fetch(move, { method: 'POST' })).json()).toBe('other/d.json')
    expect((await engine.fetch(move, { method: 'POST' })).status).toBe(404)
    expect((await engine.fetch(path('other/d.json'), { method: 'DELETE' })).status).toBe(204)
    expect((await engine.fetch(path('other/d.json'), { method: 'DELETE' })).status).toBe(404)
    expect((await engine.fetch(path('other/d.json'))).status).toBe(404)
  })

  it('refuses what leads out, in the words that clients know', async () => {
    const text = async (url: string) => {
      const response = await engine.fetch(url)
      return [response.status, await response.text()]
    }
    expect(await text('/userdata')).toEqual([400, 'Directory not provided'])
    expect(await text('/userdata?dir=..')).toEqual([403, 'Invalid directory'])
    expect(await text('/userdata?dir=nobody')).toEqual([404, 'Directory not found'])
    expect((await text('/v2/userdata?path=nobody'))[0]).toBe(404)
    expect((await text('/v2/userdata?path=../..'))[0]).toBe(400)
    expect((await text(path('../../secrets/api-key.sha256')))[0]).toBe(403)
    expect((await put('../evil', 'x')).status).toBe(403)
    await symlink('/tmp', join(engine.directory, 'user/default/tmp')).catch(() => undefined)
    expect((await put('tmp/evil', 'x')).status).toBe(409)
  })

  it('is sent as a download when a browser would run it', async () => {
    await put('page.html', '<script>')
    const response = await engine.fetch(path('page.html'))
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="page.html"')
  })
})

describe('settings', () => {
  it('are merged by key, and unknown ones are null', async () => {
    expect((await engine.post('/settings', { 'Comfy.A': 1, 'Comfy.B': 'b' })).status).toBe(200)
    expect((await engine.post('/settings/Comfy.B', [1, { c: null }])).status).toBe(200)
    expect(await engine.get('/api/settings')).toMatchObject({ 'Comfy.A': 1, 'Comfy.B': [1, { c: null }] })
    expect(await engine.get('/settings/Comfy.A')).toBe(1)
    expect(await engine.get('/settings/Comfy.None')).toBeNull()
  })

  it('lose no key when many change at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => engine.post(`/settings/k${index}`, index)))
    const all = await engine.get('/settings')
    expect(Array.from({ length: 20 }, (_, index) => all[`k${index}`])).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })
})

describe('models', () => {
  it('lists folders and shipped files; an ncnn model goes by its .param', async () => {
    expect(await engine.get('/models')).toContain('upscale_models')
    const files = await engine.get('/models/upscale_models')
    expect(files).toContain('waifu2x-cunet-noise3.param')
    expect(files).not.toContain('waifu2x-cunet-noise3.bin')
    expect((await engine.fetch('/models/unet')).status).toBe(404)
    expect((await engine.fetch('/models/__proto__')).status).toBe(404)
  })

  it('lists a user model before a shipped one of that name, and describes files', async () => {
    await mkdir(join(engine.directory, 'models/loras/sub'), { recursive: true })
    await writeFile(join(engine.directory, 'models/loras/sub/x.safetensors'), safetensors({ format: 'pt' }))
    await writeFile(join(engine.directory, 'models/loras/readme.txt'), 'no model')
    await writeFile(join(engine.directory, 'models/loras/sub/x.preview.png'), picture)
    expect(await engine.get('/models/loras')).toEqual(['sub/x.safetensors'])
    const [file] = await engine.get('/experiment/models/loras')
    expect(file).toMatchObject({ name: 'sub/x.safetensors', pathIndex: 0 })
    const preview = await engine.fetch('/experiment/models/preview/loras/0/sub/x.safetensors')
    expect([preview.status, preview.headers.get('content-type')]).toEqual([200, 'image/webp'])
    for (const [path, status] of [
      ['/experiment/models/preview/loras/0/..%2f..%2f..%2fsecrets%2fx', 403],
      ['/experiment/models/preview/loras/x/a.safetensors', 400],
      ['/experiment/models/preview/loras/9/a.safetensors', 404],
      ['/experiment/models/preview/nobody/0/a.safetensors', 404],
      ['/experiment/models/custom_nodes', 404],
    ] as const) {
      expect((await engine.fetch(path)).status, path).toBe(status)
    }
    expect(await engine.get('/view_metadata/loras?filename=sub%2Fx.safetensors')).toEqual({ format: 'pt' })
    expect((await engine.fetch('/view_metadata/loras?filename=..%2Fx.safetensors')).status).toBe(404)
    expect((await engine.fetch('/view_metadata/loras')).status).toBe(404)
  })
})

describe('internal listings', () => {
  it('name files of the three roots and the folders, without an /api twin', async () => {
    expect(await engine.get('/internal/files/output')).toContain('clear.png [output]')
    expect(await engine.get('/internal/files/models')).toEqual({ error: 'Invalid directory type' })
    expect((await engine.get('/internal/folder_paths')).loras).toHaveLength(2)
    expect((await engine.fetch('/api/internal/logs')).status).toBe(404)
    expect(typeof (await engine.get('/internal/logs'))).toBe('string')
  })

  it('send log lines to a client that subscribed', async () => {
    const socket = await engine.connect()
    await engine.fetch('/internal/logs/subscribe', {
      method: 'PATCH',
      body: JSON.stringify({ clientId: socket.id, enabled: true }),
    })
    const other = await engine.connect()
    other.send('{broken')
    const isAboutIt = ({ type, data }: WireEvent) =>
      type === 'logs' && JSON.stringify(data).includes('JSON that is broken')
    const { data } = await socket.until(isAboutIt)
    expect(data.entries).toEqual([{ t: expect.any(String), m: expect.stringContaining('JSON that is broken') }])
  })
})

function safetensors(metadata: object): Buffer {
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header])
}

/** The test picture with a tEXt chunk; readers of PNG skip over a checksum of a text that is wrong. */
async function textPng(): Promise<Buffer> {
  const data = Buffer.from('tEXtprompt\0{"a":1}')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length - 4)
  const { crc32 } = await import('#platform/crc32')
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(data))
  return Buffer.concat([picture.subarray(0, 33), length, data, sum, picture.subarray(33)])
}
