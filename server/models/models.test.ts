import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ModelDownload, ModelList, ModelUpload } from '#contracts/models'
import { until } from '../testing/until.ts'
import { createSourcePolicy, isPublicAddress } from './allowed-source.ts'
import type { StudioModels } from './create-models.ts'
import { refuseContent, refuseName } from './judge-model.ts'
import { type ServedModels, startModels } from './testing/start-models.ts'

/** A small real safetensors file: header length, header, data. */
function safetensors(bytes: number): Buffer {
  const header = Buffer.from(JSON.stringify({ a: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(bytes, 7)])
}
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const pickle = Buffer.concat([Buffer.from([0x80, 2, 0x7d]), Buffer.alloc(100)])

let directory: string
let models: StudioModels
let app: ServedModels['app']
let url: string
let host: Server
let hostUrl: string
let serve: (request: IncomingMessage, response: ServerResponse) => void
const requests: { path: string; range: string | undefined }[] = []
/** What people are told. */
let told: string[]

async function start(quota: number | null = null): Promise<void> {
  ;({ models, app, url, told } = await startModels(directory, quota))
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-models-'))
  requests.length = 0
  host = createServer((request, response) => {
    requests.push({ path: request.url!, range: request.headers.range })
    serve(request, response)
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  hostUrl = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
})
afterEach(async () => {
  await models.close()
  app.server.closeAllConnections()
  await app.close()
  host.closeAllConnections()
  host.close()
  await rm(directory, { recursive: true, force: true })
})

const list = async () => (await (await fetch(`${url}/models`)).json()) as ModelList
const post = (path: string, body: unknown) =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const download = (more: object = {}) =>
  post('/models/download', { url: `${hostUrl}/m`, folder: 'loras', filename: 'a.safetensors', ...more })
const over = () =>
  until(async () => {
    const first = (await list()).downloads[0]
    return first && first.state !== 'running' ? first : null
  }, 'the download to be over') as Promise<ModelDownload>
const received = (bytes: number) => until(async () => (await list()).downloads[0]!.received === bytes, `${bytes} bytes`)
const filesIn = (folder: string) => readdir(join(directory, 'models', folder)).catch(() => [])

describe('the list', () => {
  it('says what is there, under both names of a folder, and what is missing', async () => {
    await mkdir(join(directory, 'models', 'text_encoders'), { recursive: true })
    await writeFile(join(directory, 'models', 'text_encoders', 'there.safetensors'), safetensors(10))
    await writeFile(join(directory, 'models', 'text_encoders', 'old.ckpt'), pickle)
    await start()
    const { models: found, missing } = await list()
    expect(found.map(({ file, used_by }) => [file, used_by.map(({ name }) => name)])).toEqual([
      ['old.ckpt', []],
      ['there.safetensors', ['Portrait']],
    ])
    expect(found[0]!.refused).toMatch(/pickle/)
    expect(missing).toMatchObject([
      { folder: 'vae', file: 'gone.safetensors', size: 5000, license: 'MIT', url: null, used_by: [{ id: 'w' }] },
    ])
  })
})

describe('a download', () => {
  const model = safetensors(200_000)

  it('goes on with Range after a cut, is proved by its SHA-256 and listed with it', async () => {
    await start()
    const answers: ServerResponse[] = []
    serve = ({ headers }, response) => {
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
      const rest = model.subarray(from)
      response.writeHead(from ? 206 : 200, {
        etag: '"1"',
        'content-length': rest.length,
        ...(from && { 'content-range': `bytes ${from}-${model.length - 1}/${model.length}` }),
      })
      if (answers.push(response) <= 2) response.write(rest.subarray(0, 50_000))
      else response.end(rest)
    }
    expect((await download({ sha256: sha256(model) })).status).toBe(202)
    for (const bytes of [50_000, 100_000]) {
      await received(bytes)
      answers.at(-1)!.destroy()
    }
    expect(await over()).toMatchObject({ state: 'done', attempts: 3, error: null })
    expect(requests.filter(({ range }) => range !== undefined).length).toBeGreaterThan(0)
    expect(sha256(await readFile(join(directory, 'models/loras/a.safetensors')))).toBe(sha256(model))
    expect((await list()).models[0]).toMatchObject({ file: 'a.safetensors', sha256: sha256(model) })
  })

  it('leaves nothing when the SHA-256 differs, a page or a pickle comes, or the host refuses', async () => {
    await start()
    for (const [body, status, words] of [
      [model, 200, /SHA-256/],
      [Buffer.from('<!doctype html><html>sign in</html>'), 200, /web page/],
      [pickle, 200, /pickle/],
      [Buffer.from('no'), 404, /no file/],
      [Buffer.from('no'), 401, /login/],
    ] as const) {
      serve = (_request, response) => response.writeHead(status, { 'content-length': body.length }).end(body)
      await download({ sha256: '0'.repeat(64) })
      const ended = await over()
      expect([ended.state, ended.error]).toEqual(['failed', expect.stringMatching(words)])
      expect(await filesIn('loras')).toEqual([])
    }
  })

  it('can be cancelled, and leaves nothing then', async () => {
    await start()
    serve = (_request, response) => {
      response.writeHead(200, { 'content-length': model.length })
      response.write(model.subarray(0, 1000))
    }
    const { id } = (await (await download()).json()) as ModelDownload
    await until(async () => (await list()).downloads[0]!.received > 0, 'the first bytes')
    expect((await post(`/models/download/${id}/cancel`, {})).status).toBe(200)
    expect((await over()).state).toBe('cancelled')
    expect(await filesIn('loras')).toEqual([])
    expect((await post(`/models/download/${id}/cancel`, {})).status).toBe(409)
  })

  /** Sends a part and then nothing, until `goOn` lets later requests have the rest. */
  function serveInTwo(first: number) {
    let whole = false
    serve = ({ headers }, response) => {
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
      const rest = model.subarray(from)
      response.writeHead(from ? 206 : 200, {
        etag: '"1"',
        'content-length': rest.length,
        ...(from && { 'content-range': `bytes ${from}-${model.length - 1}/${model.length}` }),
      })
      if (whole) response.end(rest)
      else response.write(rest.subarray(0, first))
    }
    return () => (whole = true)
  }

  it('can be paused, and goes on later from the byte where it stood', async () => {
    await start()
    const goOn = serveInTwo(60_000)
    const { id } = (await (await download({ sha256: sha256(model) })).json()) as ModelDownload
    await received(60_000)
    expect((await post(`/models/download/${id}/resume`, {})).status).toBe(409)
    expect(await (await post(`/models/download/${id}/pause`, {})).json()).toMatchObject({
      ...{ state: 'paused', received: 60_000, total: model.length, error: null, compared: true },
    })
    expect(await filesIn('loras')).toHaveLength(1)
    expect((await post(`/models/download/${id}/pause`, {})).status).toBe(409)
    expect((await download()).status).toBe(409)
    goOn()
    expect((await post(`/models/download/${id}/resume`, {})).status).toBe(200)
    expect(await over()).toMatchObject({ state: 'done', received: model.length })
    expect(requests.at(-1)!.range).toBe('bytes=60000-')
    expect(await readFile(join(directory, 'models/loras/a.safetensors'))).toEqual(model)
    expect(await filesIn('loras')).toEqual(['a.safetensors'])
  })

  it('that is paused can be cancelled, and leaves nothing then', async () => {
    await start()
    serveInTwo(60_000)
    const { id } = (await (await download()).json()) as ModelDownload
    await until(async () => (await list()).downloads[0]!.received > 0, 'the first bytes')
    await post(`/models/download/${id}/pause`, {})
    expect(await (await post(`/models/download/${id}/cancel`, {})).json()).toMatchObject({ state: 'cancelled' })
    expect(await filesIn('loras')).toEqual([])
  })

  it('keeps what it has when the connection breaks for good, and says what is the matter', async () => {
    await start()
    let first: ServerResponse | undefined
    serve = (_request, response) => {
      if (first) return void response.destroy()
      first = response
      response.writeHead(200, { etag: '"1"', 'content-length': model.length })
      response.write(model.subarray(0, 60_000))
    }
    await download()
    await received(60_000)
    first!.destroy()
    expect(await over()).toMatchObject({
      ...{ state: 'paused', received: 60_000, error: expect.stringMatching(/broke too often/) },
    })
  })

  it('without a way to the host fails in words', async () => {
    await start()
    hostUrl = 'http://127.0.0.1:9'
    await download()
    expect(await over()).toMatchObject({ state: 'failed', error: expect.stringMatching(/takes no connections/) })
    expect(await filesIn('loras')).toEqual([])
  })

  it('without a SHA-256 is taken as it comes, and says so', async () => {
    await start()
    serve = (_request, response) => response.writeHead(200, { 'content-length': model.length }).end(model)
    await download()
    expect(await over()).toMatchObject({ state: 'done', compared: false })
    expect(told.at(-1)).toMatch(/no SHA-256 was known/)
  })

  it('does not begin to store what does not fit', async () => {
    await start(100_000)
    serve = (_request, response) => response.writeHead(200, { 'content-length': model.length }).end(model)
    await download()
    expect(await over()).toMatchObject({ state: 'failed', error: expect.stringMatching(/Not enough space/) })
    expect(await filesIn('loras')).toEqual([])
  })

  it('follows no redirect off the list', async () => {
    await start()
    serve = (_request, response) => response.writeHead(302, { location: 'https://example.org/m' }).end()
    await download()
    expect(await over()).toMatchObject({ state: 'failed', error: expect.stringMatching(/another place.*example\.org/) })
  })

  it.each([
    ['../a.safetensors', 'loras'],
    ['.hidden.safetensors', 'loras'],
    ['a.ckpt', 'loras'],
    ['a.safetensors', '..'],
    ['a/b.safetensors', 'loras'],
  ])('refuses the name %s in %s', async (filename, folder) => {
    await start()
    serve = (_request, response) => response.end()
    expect([400, 422]).toContain((await download({ filename, folder })).status)
    expect(requests).toEqual([])
  })
})

describe('where models may come from', () => {
  const { refuse } = createSourcePolicy({ hosts: ['huggingface.co', 'civitai.com', 'github.com'] })
  it.each([
    'http://huggingface.co/a',
    'https://evil.example/a',
    'https://huggingface.co.evil.example/a',
    'https://user:pw@huggingface.co/a',
    'https://huggingface.co:8443/a',
    'https://127.0.0.1/a',
    'https://[::1]/a',
    'https://2130706433/a',
    'https://cdn-lfs.hf.co/a',
    'https://github.com/a/b/raw/main/x',
    'file:///etc/passwd',
  ])('not from %s', (address) => {
    expect(refuse(new URL(address))).not.toBeNull()
  })
  it('but from the listed hosts, and from their delivery hosts when they send us on', () => {
    expect(refuse(new URL('https://huggingface.co/a/resolve/main/m.safetensors'))).toBeNull()
    expect(refuse(new URL('https://github.com/a/b/releases/download/v1/m.onnx'))).toBeNull()
    expect(refuse(new URL('https://cas-bridge.xethub.hf.co/a'), 'huggingface.co')).toBeNull()
    expect(refuse(new URL('https://cas-bridge.xethub.hf.co/a'), 'civitai.com')).not.toBeNull()
  })
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '100.64.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    '2002:a00:1::',
  ])('%s is no public address', (address) => expect(isPublicAddress(address)).toBe(false))
  it('and others are', () => {
    expect([isPublicAddress('1.1.1.1'), isPublicAddress('2606:4700::1')]).toEqual([true, true])
  })
})

describe('an upload', () => {
  const model = safetensors(5000)
  const send = (offset: number, bytes: Buffer, name = 'up.safetensors', size = model.length) =>
    fetch(`${url}/models/upload?folder=vae&filename=${name}&size=${size}&offset=${offset}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
    })

  it('comes in pieces, tells what is there, and is visible only when complete', async () => {
    await start()
    expect(await (await send(0, model.subarray(0, 2000))).json()).toEqual({ received: 2000, done: false, sha256: null })
    expect((await list()).models).toEqual([])
    expect((await send(1000, model.subarray(1000))).status).toBe(409)
    expect(((await (await send(0, Buffer.alloc(0))).json()) as ModelUpload).received).toBe(2000)
    expect(await (await send(2000, model.subarray(2000))).json()).toEqual({
      ...{ received: model.length, done: true, sha256: sha256(model) },
    })
    expect((await list()).models).toMatchObject([{ file: 'up.safetensors', size: model.length }])
    expect((await send(0, model.subarray(0, 10))).status).toBe(409)
  })

  it('is refused by content, with the reason, and leaves nothing', async () => {
    await start()
    const answer = await send(0, pickle, 'evil.safetensors', pickle.length)
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
      400,
      expect.stringMatching(/pickle/),
    ])
    expect(await filesIn('vae')).toEqual([])
  })

  it('deletes a model for good, and nothing outside or hidden', async () => {
    await start()
    await send(0, model)
    for (const file of ['../../x', '.tmp-model', 'none.onnx']) {
      expect([400, 404]).toContain((await post('/models/delete', { folder: 'vae', file })).status)
    }
    expect(await (await post('/models/delete', { folder: 'vae', file: 'up.safetensors' })).json()).toEqual({
      freed: model.length,
    })
    expect(await filesIn('vae')).toEqual([])
  })
})

describe('a process that was killed', () => {
  const model = safetensors(200_000)
  const upload = (at: string, offset: number, bytes: Uint8Array) =>
    fetch(`${at}/models/upload?folder=vae&filename=b.safetensors&size=${model.length}&offset=${offset}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Blob([Uint8Array.from(bytes)]),
    })

  it('leaves of its downloads nothing once the next one starts, and of its uploads what can be gone on with', async () => {
    serve = (_request, response) => {
      response.writeHead(200, { 'content-length': model.length })
      response.write(model.subarray(0, 100_000))
    }
    const child = spawn(process.execPath, ['--import', 'tsx', 'server/models/testing/models-process.ts', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    url = line.toString().trim()
    await download()
    expect(await (await upload(url, 0, model.subarray(0, 70_000))).json()).toMatchObject({ received: 70_000 })
    await until(async () => (await list()).downloads[0]!.received > 0, 'the first bytes')
    expect([await filesIn('loras'), await filesIn('vae')]).toMatchObject([{ length: 1 }, { length: 1 }])
    child.kill('SIGKILL')
    await once(child, 'exit')

    await start()
    expect(await filesIn('loras')).toEqual([])
    const asked = await upload(url, 0, new Uint8Array())
    expect(await asked.json()).toMatchObject({ done: false, received: 70_000 })
    expect(await (await upload(url, 70_000, model.subarray(70_000))).json()).toMatchObject({ done: true })
    expect(await filesIn('vae')).toEqual(['b.safetensors'])
  })

  it('leaves no upload that nobody goes on with for a week', async () => {
    await start()
    await upload(url, 0, model.subarray(0, 70_000))
    const [name] = await filesIn('vae')
    await models.close()
    await app.close()
    const then = Date.now() / 1000 - 7.1 * 86_400
    await utimes(join(directory, 'models/vae', name!), then, then)
    await start()
    expect(await filesIn('vae')).toEqual([])
  })
})

describe('judging by content', () => {
  it('refuses zips and pickles under any name, and takes real beginnings', () => {
    expect(refuseContent('a.bin', Buffer.from('PK\u0003\u0004xxxxxxxxxxxx'), 100)).toMatch(/pickle/)
    expect(refuseContent('a.onnx', Buffer.from([0x08, 0x07, 0x12, 0x04]), 100)).toBeNull()
    expect(refuseContent('a.param', Buffer.from('7767517\n106 113\n'), 100)).toBeNull()
    expect(refuseContent('a.safetensors', Buffer.alloc(16, 0xff), 100)).toMatch(/safetensors/)
    expect(refuseName('loras', 'a.pth')).toMatch(/pickle/)
  })
})
