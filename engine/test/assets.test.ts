/** @file The assets API of a running engine, rule by rule. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { createContentHasher } from '../assets/content-hash.ts'
import { savePicture } from './graphs.ts'
import { makeDirectory, startEngine, type TestEngine } from './harness.ts'

let engine: TestEngine
let photo: Buffer
beforeAll(async () => {
  engine = await startEngine()
  photo = await readFile(join(findProjectRoot(), 'studio-data/defaults/input/chelsea.png'))
})
afterAll(() => engine.stop())

const damage = (directory: string) =>
  writeFile(join(directory, 'database/assets.db'), 'no database at all '.repeat(500))

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Answer = { status: number; body: any }

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await engine.fetch(path, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

async function upload(
  bytes: Uint8Array | string | null,
  fields: Record<string, string | string[]> = {},
  file = 'a.bin',
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    for (const each of [value].flat()) form.append(name, each)
  }
  if (bytes !== null) form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), file)
  const response = await engine.fetch('/api/assets', { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const hashOf = (bytes: Uint8Array | string) => {
  const hasher = createContentHasher()
  hasher.update(Buffer.from(bytes))
  return hasher.digest()
}
const someBytes = () => randomUUID()
const codeOf = ({ status, body }: Answer) => [status, body.error.code]
const idle = () => engine.until(async () => (await ask('GET', '/api/assets/seed/status')).body.state === 'IDLE')
/** One runs at the start of an engine already. */
const seed = async (roots: string[] = ['models', 'input', 'output']) => {
  await idle()
  return ask('POST', '/api/assets/seed?wait=true', { roots })
}

/** A request twice in one packet: the second is handled before anything that the first began comes back from the disk. */
async function askTwice(what: string, body: string): Promise<Answer[]> {
  const { hostname, port } = new URL(engine.url)
  const socket = connect(Number(port), hostname).setEncoding('utf8')
  const request = `${what} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  socket.write(request + request)
  let received = ''
  for await (const text of socket) {
    received += text
    const answers = [...received.matchAll(/HTTP\/1\.1 (\d+).*?\r\n\r\n(\{.*?\})/gs)]
    if (answers.length === 2) {
      return answers.map(([, status, answer]) => ({ status: Number(status), body: JSON.parse(answer!) }))
    }
  }
  throw new Error(`the connection was closed after ${JSON.stringify(received)}`)
}

describe('uploading', () => {
  it('new content is 201, named by its hash in the directory of its root tag, and described whole', async () => {
    const { status, body } = await upload(
      photo,
      { tags: 'input,cats', name: 'Chelsea', user_metadata: '{"mood":"calm"}' },
      'c.png',
    )
    const digest = hashOf(photo).slice('blake3:'.length)
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Chelsea',
      hash: hashOf(photo),
      asset_hash: hashOf(photo),
      size: photo.length,
      mime_type: 'image/png',
      tags: ['cats', 'input', 'uploaded'],
      preview_url: `/api/view?type=input&filename=${digest}.png`,
      user_metadata: { mood: 'calm', filename: `${digest}.png` },
      metadata: { kind: 'image', width: 451, height: 300 },
      is_immutable: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/),
      updated_at: expect.any(String),
      last_access_time: expect.any(String),
      display_name: `${digest}.png`,
      file_path: `input/${digest}.png`,
      created_new: true,
    })
    expect(await readFile(join(engine.input, `${digest}.png`))).toEqual(photo)
    expect((await engine.fetch(body.preview_url)).status).toBe(200)
  })

  it('known content is 200 with another id, and nothing is written', async () => {
    const bytes = someBytes()
    const first = await upload(bytes, { tags: 'input' })
    const files = await readdir(engine.input)
    const second = await upload(bytes, { tags: 'whatever', name: 'again' })
    expect([second.status, second.body.created_new, second.body.hash]).toEqual([200, false, first.body.hash])
    expect(second.body.id).not.toBe(first.body.id)
    expect(await readdir(engine.input)).toEqual(files)
  })

  it('a known hash needs no file and no root tag; the content of an attached one is not looked at', async () => {
    const bytes = someBytes()
    await upload(bytes, { tags: 'input' })
    const hash = hashOf(bytes)
    expect((await upload(null, { hash, tags: 'label' })).status).toBe(200)
    expect((await upload('something else', { hash })).body).toMatchObject({ created_new: false, hash })
  })

  it('tags are JSON arrays, comma lists or single ones, joined, trimmed and each once', async () => {
    const { body } = await upload(someBytes(), { tags: ['["input", "A b"]', ' x , y', 'x'] })
    expect(body.tags).toEqual(['A b', 'input', 'uploaded', 'x', 'y'])
  })

  it('models go to the folder of their type tag, or of the second tag as older clients have it', async () => {
    const newer = await upload(someBytes(), { tags: 'models,model_type:loras' }, 'm.safetensors')
    const older = await upload(someBytes(), { tags: 'models,vae' }, 'm.safetensors')
    expect(newer.body.tags).toEqual(['model_type:loras', 'models', 'uploaded'])
    expect(newer.body.loader_path).toMatch(/^[0-9a-f]{64}\.safetensors$/)
    expect(older.body.tags).toContain('model_type:vae')
    expect(await readdir(join(engine.directory, 'models/loras'))).toEqual([newer.body.loader_path])
  })

  it('refuses what cannot be, each with its code, and leaves nothing behind', async () => {
    const files = await readdir(engine.input)
    const bytes = someBytes()
    expect(codeOf(await upload(null, { tags: 'input' }))).toEqual([400, 'MISSING_FILE'])
    expect(codeOf(await upload('', { tags: 'input' }))).toEqual([400, 'EMPTY_UPLOAD'])
    expect(codeOf(await upload(bytes, { tags: 'input', id: randomUUID() }))).toEqual([400, 'UNSUPPORTED_FIELD'])
    expect(codeOf(await upload(bytes, { tags: 'input', hash: hashOf('other') }))).toEqual([400, 'HASH_MISMATCH'])
    expect(codeOf(await upload(bytes, { tags: 'input', hash: 'blake3:xyz' }))).toEqual([400, 'INVALID_HASH'])
    for (const tags of [
      '',
      'cats',
      'input,output',
      'models',
      'models,model_type:configs',
      'models,nowhere',
      'models,..',
    ]) {
      expect(codeOf(await upload(bytes, { tags })), tags).toEqual([400, 'INVALID_BODY'])
    }
    expect(codeOf(await upload(bytes, { tags: 'input', user_metadata: '[1]' }))).toEqual([400, 'INVALID_BODY'])
    expect(codeOf(await upload(bytes, { tags: 'input', preview_id: randomUUID() }))).toEqual([404, 'ASSET_NOT_FOUND'])
    expect(codeOf(await ask('POST', '/api/assets', '{}'))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    expect(await readdir(engine.input)).toEqual(files)
  })

  it('a hostile file name gives at most its extension', async () => {
    const { body } = await upload(someBytes(), { tags: 'input' }, '../../etc/x.P ng')
    expect(await readdir(engine.input)).toContain(body.user_metadata.filename)
    expect(body.user_metadata.filename).toMatch(/^[0-9a-f]{64}(\.[a-z0-9_-]+)?$/)
  })
})

describe('known content', () => {
  it('is referred to by its hash: 201, created_new false, the digest for a name', async () => {
    const bytes = someBytes()
    await upload(bytes, { tags: 'input' })
    const made = await ask('POST', '/api/assets/from-hash', { hash: hashOf(bytes), tags: ['label'] })
    expect([made.status, made.body.created_new, made.body.name]).toEqual([201, false, hashOf(bytes).slice(7)])
    expect(made.body.tags).toEqual(['label'])
    expect(made.body).not.toHaveProperty('loader_path')
    expect(codeOf(await ask('POST', '/api/assets/from-hash', { hash: hashOf('unknown') }))).toEqual([
      404,
      'ASSET_NOT_FOUND',
    ])
    expect(codeOf(await ask('POST', '/api/assets/from-hash', { hash: 'md5:1' }))).toEqual([400, 'INVALID_HASH'])
    expect(codeOf(await ask('POST', '/api/assets/from-hash', '{'))).toEqual([400, 'INVALID_JSON'])
    expect(codeOf(await ask('POST', '/api/assets/from-hash', {}))).toEqual([400, 'INVALID_BODY'])
  })

  it('answers HEAD by hash', async () => {
    const bytes = someBytes()
    await upload(bytes, { tags: 'input' })
    const head = async (hash: string) => (await engine.fetch(`/api/assets/hash/${hash}`, { method: 'HEAD' })).status
    expect(await head(hashOf(bytes))).toBe(200)
    expect(await head(hashOf('nobody has this'))).toBe(404)
    expect(await head('blake3:1')).toBe(400)
  })
})

describe('listing', () => {
  const mine = `set-${randomUUID().slice(0, 8)}`
  beforeAll(async () => {
    for (const [name, score] of [
      ['Beta 50%', 1],
      ['alpha', '1'],
      ['gamma_x', true],
      ['delta', null],
    ] as const) {
      await upload(someBytes() + name, {
        ...{ tags: `input,${mine},${name[0]}`, name },
        user_metadata: JSON.stringify({ score, list: [name, 'all'], place: { x: 1, y: 2 } }),
      })
    }
  })
  const list = (query: string) => ask('GET', `/api/assets?include_tags=${mine}&${query}`)
  const names = async (query: string) => (await list(query)).body.assets.map((asset: { name: string }) => asset.name)

  it('has totals and pages by offset and by cursor, which agree', async () => {
    const first = (await list('limit=3&sort=name&order=asc')).body
    expect([first.total, first.has_more, first.assets.length]).toEqual([4, true, 3])
    const byOffset = (await list('limit=3&sort=name&order=asc&offset=3')).body
    const byCursor = (await list(`limit=3&sort=name&order=asc&offset=9&after=${first.next_cursor}`)).body
    expect(byCursor.assets).toEqual(byOffset.assets)
    expect([byCursor.has_more, 'next_cursor' in byCursor]).toEqual([false, false])
  })

  it('a cursor belongs to its sort and order', async () => {
    const { next_cursor: cursor } = (await list('limit=1&sort=size&order=asc')).body
    for (const query of [
      `sort=size&order=desc&after=${cursor}`,
      `sort=name&order=asc&after=${cursor}`,
      'after=junk',
      `sort=last_access_time&after=${cursor}`,
    ]) {
      expect(codeOf(await list(query)), query).toEqual([400, 'INVALID_CURSOR'])
    }
    expect((await list('limit=1&sort=last_access_time')).body).not.toHaveProperty('next_cursor')
  })

  it('filters by tags and by a part of the name, whose signs are ordinary', async () => {
    expect(await names('exclude_tags=a,B&sort=name&order=asc')).toEqual(['delta', 'gamma_x'])
    expect(await names('name_contains=BETA')).toEqual(['Beta 50%'])
    expect(await names('name_contains=0%25')).toEqual(['Beta 50%'])
    expect(await names('name_contains=a_x')).toEqual(['gamma_x'])
    expect(await names('include_tags=a&include_tags=input')).toEqual(['alpha'])
  })

  it('filters by metadata with strict types, lists as any of, null as absent', async () => {
    const by = (filter: unknown) =>
      names(`sort=name&order=asc&metadata_filter=${encodeURIComponent(JSON.stringify(filter))}`)
    expect(await by({ score: 1 })).toEqual(['Beta 50%'])
    expect(await by({ score: 1.0 })).toEqual(['Beta 50%'])
    expect(await by({ score: '1' })).toEqual(['alpha'])
    expect(await by({ score: true })).toEqual(['gamma_x'])
    expect(await by({ score: null })).toEqual(['delta'])
    expect(await by({ score: [1, true] })).toEqual(['Beta 50%', 'gamma_x'])
    expect(await by({ list: 'delta' })).toEqual(['delta'])
    expect(await by({ place: { y: 2, x: 1 }, list: 'all' })).toHaveLength(4)
    expect(await by({ place: { x: 1 } })).toEqual([])
  })

  it('refuses bad values', async () => {
    for (const query of [
      'limit=0',
      'limit=501',
      'limit=x',
      'offset=-1',
      'sort=color',
      'order=up',
      'metadata_filter=1',
      'metadata_filter={',
    ]) {
      const answer = await ask('GET', `/api/assets?${query}`)
      expect(codeOf(answer), query).toEqual([400, 'INVALID_QUERY'])
      expect(answer.body.error.details.errors[0]).toMatchObject({
        type: expect.any(String),
        loc: expect.any(Array),
        msg: expect.any(String),
      })
    }
  })

  it('counts tags of what matches, and lists all tags', async () => {
    const { tag_counts: counts } = (await ask('GET', `/api/assets/tags/refine?include_tags=${mine}`)).body
    expect(counts).toMatchObject({ [mine]: 4, input: 4, uploaded: 4, a: 1 })
    const tags = (await ask('GET', '/api/tags?prefix=set-')).body
    expect(tags).toEqual({ tags: [{ name: mine, count: 4 }], total: 1, has_more: false })
    expect((await ask('GET', '/api/tags?limit=1&order=name_asc')).body.has_more).toBe(true)
  })
})

describe('one asset', () => {
  it('is changed field by field; the file name is put back; nothing to change is refused', async () => {
    const { body: asset } = await upload(someBytes(), { tags: 'input', user_metadata: '{"a":1}' })
    const preview = (await upload(someBytes(), { tags: 'input' })).body.id
    const path = `/api/assets/${asset.id.toUpperCase()}`
    const changed = await ask('PUT', path, { name: 'New', user_metadata: { b: 2 }, preview_id: preview })
    expect(changed).toMatchObject({ status: 200, body: { name: 'New', preview_id: preview } })
    expect(changed.body.user_metadata).toEqual({ b: 2, filename: asset.user_metadata.filename })
    expect((await ask('GET', path)).body).toEqual(changed.body)
    expect(codeOf(await ask('PUT', path, {}))).toEqual([400, 'INVALID_BODY'])
    expect(codeOf(await ask('PUT', path, { preview_id: randomUUID() }))).toEqual([404, 'ASSET_NOT_FOUND'])
  })

  it('gives its bytes as an attachment, active types as plain bytes, and remembers the access', async () => {
    const { body: asset } = await upload('<script>1</script>', { tags: 'input', name: 'ä page.html' }, 'p.html')
    const answer = await engine.fetch(`/api/assets/${asset.id}/content?disposition=inline`)
    expect(await answer.text()).toBe('<script>1</script>')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': expect.stringMatching(/^attachment; .*filename\*=UTF-8''%C3%A4%20page.html/),
      'x-content-type-options': 'nosniff',
      'content-length': '18',
    })
    const { body: after } = await ask('GET', `/api/assets/${asset.id}`)
    expect(after.last_access_time >= asset.last_access_time).toBe(true)
  })

  it('gains and loses tags', async () => {
    const { body: asset } = await upload(someBytes(), { tags: 'input,b' })
    const path = `/api/assets/${asset.id}/tags`
    expect((await ask('POST', path, { tags: ['b', 'c', 'a'] })).body).toEqual({
      added: ['a', 'c'],
      already_present: ['b'],
      total_tags: ['a', 'b', 'c', 'input', 'uploaded'],
    })
    expect((await ask('DELETE', path, { tags: ['a', 'z'] })).body).toEqual({
      removed: ['a'],
      not_present: ['z'],
      total_tags: ['b', 'c', 'input', 'uploaded'],
    })
    for (const body of [{ tags: [] }, {}]) expect(codeOf(await ask('POST', path, body))).toEqual([400, 'INVALID_BODY'])
  })

  it('is deleted once: 204, then 404; the content stays', async () => {
    const bytes = someBytes()
    const { body: asset } = await upload(bytes, { tags: 'input' })
    const answers = await Promise.all([1, 2, 3].map(() => ask('DELETE', `/api/assets/${asset.id}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404])
    expect(codeOf(await ask('GET', `/api/assets/${asset.id}`))).toEqual([404, 'ASSET_NOT_FOUND'])
    expect(await readFile(join(engine.input, asset.user_metadata.filename), 'utf8')).toBe(bytes)
    expect((await seed(['input'])).body.progress.created).toBe(0)
  })

  it('an id of another shape is no address', async () => {
    const answer = await engine.fetch('/api/assets/not-a-uuid')
    expect([answer.status, await answer.text()]).toEqual([404, '404: Not Found'])
  })
})

describe('files that the engine itself stores', () => {
  it('results of a run are assets of it, and their entries name them, also when they come from the cache', async () => {
    const { promptId, entry } = await engine.run(savePicture(0x123456))
    const [image] = entry.outputs['2'].images
    const { body: asset } = await ask('GET', `/api/assets/${image.id}`)
    expect(asset).toMatchObject({
      name: image.filename,
      job_id: promptId,
      prompt_id: promptId,
      tags: ['output'],
      metadata: { kind: 'image', width: 64, height: 64 },
      user_metadata: { filename: `${image.subfolder}/${image.filename}` },
    })
    expect((await engine.fetch(asset.preview_url)).status).toBe(200)
    const hashed = await engine.until(async () => {
      const found = (await ask('GET', `/api/assets/${image.id}`)).body
      return found.hash && found
    })
    const bytes = Buffer.from(await (await engine.fetch(asset.preview_url)).arrayBuffer())
    expect(hashed.hash).toBe(hashOf(bytes))
    expect((await engine.fetch(`/api/assets/${image.id}/content`)).headers.get('content-type')).toBe('image/png')
    const again = await engine.run(savePicture(0x123456))
    expect(again.entry.outputs['2'].images[0].id).toBe(image.id)
    expect((await seed(['output'])).body.progress.created).toBe(0)
  })

  it('uploads are assets as soon as they are answered', async () => {
    const name = `${randomUUID()}.png`
    const form = new FormData()
    form.append('image', new Blob([new Uint8Array(photo)]), name)
    await engine.fetch('/upload/image', { method: 'POST', body: form })
    const { assets } = (await ask('GET', `/api/assets?name_contains=${name}`)).body
    expect(assets).toHaveLength(1)
    expect(assets[0]).toMatchObject({ name, tags: ['input', 'uploaded'] })
  })
})

describe('the scan', () => {
  it('makes assets of new visible files, without a hash, and forgets those that vanish', async () => {
    const name = `scan-${randomUUID()}.png`
    await writeFile(join(engine.input, name), photo)
    await writeFile(join(engine.input, '.hidden.png'), photo)
    await writeFile(join(engine.input, `empty-${name}`), '')
    const done = await seed(['input'])
    expect(done).toMatchObject({ status: 200, body: { status: 'completed', progress: { created: 1 }, errors: [] } })
    const find = async () => (await ask('GET', `/api/assets?name_contains=${name}`)).body.assets
    const [asset] = await find()
    expect(asset).toMatchObject({ name, tags: ['input'], metadata: { width: 451 }, user_metadata: { filename: name } })
    expect(asset).not.toHaveProperty('hash')
    expect((await seed(['input'])).body.progress.created).toBe(0)
    await rm(join(engine.input, name))
    await seed(['input'])
    expect(await find()).toEqual([])
    expect(codeOf(await ask('GET', `/api/assets/${asset.id}`))).toEqual([404, 'ASSET_NOT_FOUND'])
  })

  it('keeps the record of hashed content whose file is gone, unlisted and tagged, until it is back', async () => {
    const bytes = someBytes()
    const { body: asset } = await upload(bytes, { tags: 'input' })
    const path = join(engine.input, asset.user_metadata.filename)
    await rename(path, join(engine.directory, 'kept'))
    await seed(['input'])
    expect((await ask('GET', `/api/assets/${asset.id}`)).body.tags).toContain('missing')
    expect((await ask('GET', '/api/assets?include_tags=missing')).body.assets).toEqual([])
    expect(codeOf(await ask('GET', `/api/assets/${asset.id}/content`))).toEqual([404, 'FILE_NOT_FOUND'])
    await rename(join(engine.directory, 'kept'), path)
    await seed(['input'])
    expect((await ask('GET', `/api/assets/${asset.id}`)).body.tags).not.toContain('missing')
  })

  it('finds the models that ship, with the type of their folder', async () => {
    await seed(['models'])
    const { assets } = (await ask('GET', '/api/assets?include_tags=model_type:upscale_models&limit=500')).body
    expect(assets.length).toBeGreaterThan(4)
    expect(assets[0]).toMatchObject({ tags: ['model_type:upscale_models', 'models'], loader_path: expect.any(String) })
  })

  it('ends in spite of links that lead in a circle', async () => {
    await symlink(engine.input, join(engine.input, 'loop'))
    expect((await seed(['input'])).status).toBe(200)
    await rm(join(engine.input, 'loop'))
  })

  it('happens at the start of an engine, so that a catalogue that was deleted or damaged is made again', async () => {
    const directory = await makeDirectory()
    await mkdir(join(directory, 'assets/input'), { recursive: true })
    await writeFile(join(directory, 'assets/input/mine.png'), photo)
    for (const spoil of [() => undefined, () => rm(join(directory, 'database/assets.db')), () => damage(directory)]) {
      await spoil()
      const other = await startEngine({ directory })
      const { assets } = await other.until(async () => {
        const found = await other.get('/api/assets?include_tags=input')
        return found.total > 0 && found
      })
      expect(assets).toMatchObject([{ name: 'mine.png' }])
      await other.terminate()
    }
    await rm(directory, { recursive: true, force: true })
  })

  it('runs once at a time, tells how it goes, and refuses roots that are none', async () => {
    expect(codeOf(await ask('POST', '/api/assets/seed', { roots: ['moon'] }))).toEqual([400, 'INVALID_BODY'])
    await idle()
    expect(await askTwice('POST /api/assets/seed', '{}')).toEqual([
      { status: 202, body: { status: 'started' } },
      { status: 409, body: { status: 'already_running' } },
    ])
    expect((await ask('GET', '/api/assets/seed/status')).body).toMatchObject({ state: expect.any(String) })
    await ask('POST', '/api/assets/seed/cancel')
    await idle()
    expect((await ask('POST', '/api/assets/seed/cancel')).body).toEqual({ status: 'idle' })
    expect((await ask('POST', '/api/assets/prune')).body).toEqual({ status: 'completed', marked: 0 })
  })
})

describe('content of an asset', () => {
  it('is served from another live file of the same bytes when its own is gone', async () => {
    const bytes = someBytes()
    const { body: first } = await upload(bytes, { tags: 'input' }, 'a.txt')
    await writeFile(join(engine.input, `${bytes}.txt`), bytes)
    await seed(['input'])
    // The scan does not read files; an upload of the same bytes under that name tells what it holds.
    const form = new FormData()
    form.append('image', new Blob([bytes]), `${bytes}.txt`)
    await engine.fetch('/upload/image', { method: 'POST', body: form })
    await rm(join(engine.input, first.user_metadata.filename))
    const content = await engine.fetch(`/api/assets/${first.id}/content`)
    expect([content.status, await content.text()]).toEqual([200, bytes])
  })

  it('is kept when an asset is deleted, unless delete_content asks and no other asset needs it', async () => {
    const bytes = someBytes()
    const { body: first } = await upload(bytes, { tags: 'input' })
    const path = join(engine.input, first.user_metadata.filename)
    expect((await ask('DELETE', `/api/assets/${first.id}?delete_content=true`)).status).toBe(204)
    expect(await readFile(path, 'utf8').catch(() => null)).toBeNull()
  })

  it('is found by /view under its hash; an unknown hash is 404', async () => {
    const { body: asset } = await upload(photo, { tags: 'input', name: 'by hash' }, 'a.png')
    const view = await engine.fetch(`/view?filename=${asset.hash}`)
    expect([view.status, view.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(await view.arrayBuffer()).equals(photo)).toBe(true)
    const small = await engine.fetch(`/api/view?filename=${asset.hash}&preview=webp;50`)
    expect(small.headers.get('content-type')).toBe('image/webp')
    for (const hash of [`blake3:${'0'.repeat(64)}`, 'blake3:xyz']) {
      const answer = await engine.fetch(`/view?filename=${hash}`)
      expect([answer.status, await answer.text()]).toEqual([404, ''])
    }
  })

  it('filters a listing by its hash, as the hosted service does', async () => {
    const bytes = someBytes()
    const { body: first } = await upload(bytes, { tags: 'input' })
    const { body: second } = await upload(bytes, { tags: 'label' })
    const { assets } = (await ask('GET', `/api/assets?hash=${first.hash}&sort=created_at&order=asc`)).body
    expect(assets.map(({ id }: { id: string }) => id)).toEqual([first.id, second.id])
    expect(codeOf(await ask('GET', '/api/assets?hash=x'))).toEqual([400, 'INVALID_HASH'])
  })
})

describe('an upload to /upload/image', () => {
  it('is answered with its asset: id, name, hash, size, type and tags', async () => {
    const bytes = someBytes()
    const send = async () => {
      const form = new FormData()
      form.append('image', new Blob([bytes]), `${bytes}.txt`)
      return (await engine.fetch('/upload/image', { method: 'POST', body: form })).json()
    }
    const first = await send()
    expect(first.asset).toEqual({
      id: expect.any(String),
      name: `${bytes}.txt`,
      asset_hash: hashOf(bytes),
      size: bytes.length,
      mime_type: 'text/plain',
      tags: ['input', 'uploaded'],
    })
    expect((await send()).asset.id).toBe(first.asset.id)
  })
})
