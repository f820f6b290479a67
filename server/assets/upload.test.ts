import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { UploadResult } from '#contracts/assets'
import { findProjectRoot } from '#platform/project-root'
import { patience } from '../testing/until.ts'
import { type AssetApp, type AssetAppOptions, startAssetApp } from './testing/asset-app.ts'

const samples = join(findProjectRoot(), 'studio-data/defaults/input')
const png = await readFile(join(samples, 'chelsea.png'))
const jpeg = await readFile(join(samples, 'rocket.jpg'))

let studio: AssetApp
const start = async (options: AssetAppOptions = {}) => {
  studio = await startAssetApp(options)
}
afterEach(() => studio.close())

const boundary = 'XboundaryX'
function part(name: string, content: Uint8Array | string, field = 'files'): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\n`),
    Buffer.from('Content-Type: image/png\r\n\r\n'),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
}
const end = Buffer.from(`--${boundary}--\r\n`)
function upload(...parts: Buffer[]) {
  return studio.get('/assets/upload-inputs', {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...parts, end]),
  })
}
async function uploaded(...parts: Buffer[]): Promise<UploadResult> {
  const response = await upload(...parts)
  expect(response.status).toBe(200)
  return (await response.json()) as UploadResult
}
const stored = () => readdir(studio.roots.inputs)

describe('uploading', () => {
  it('stores each file under a unique name, in order, byte for byte, and lists it at once', async () => {
    await start({ now: () => new Date('2026-03-24T14:30:52.999Z') })
    const result = await uploaded(part('photo1.png', png), part('photo2.jpg', jpeg))
    expect(result.errors).toEqual([])
    expect(result.uploaded).toEqual([
      expect.stringMatching(/^20260324_143052_[0-9a-f]{6}_photo1\.png$/),
      expect.stringMatching(/^20260324_143052_[0-9a-f]{6}_photo2\.jpg$/),
    ])
    expect((await readFile(join(studio.roots.inputs, result.uploaded[0]!))).equals(png)).toBe(true)
    expect((await stored()).sort()).toEqual([...result.uploaded].sort())
    const listing = (await (await studio.get('/assets/inputs')).json()) as { total_size: number }
    expect(listing.total_size).toBe(png.length + jpeg.length)
    expect(studio.events).toEqual([{ type: 'assets.uploaded', data: { files: result.uploaded } }])
  })

  it('judges by content: refuses what is no picture, and goes on', async () => {
    await start()
    const result = await uploaded(
      part('a.png', 'just text, long enough to be looked at'),
      part('empty.png', ''),
      part('vector.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'),
      part('good.png', png),
    )
    expect(result.uploaded).toEqual([expect.stringMatching(/_good\.png$/)])
    expect(result.errors).toEqual([
      'a.png: not a supported image or video',
      'empty.png: the file is empty',
      'vector.svg: not a supported image or video',
    ])
    expect(await stored()).toEqual(result.uploaded)
  })

  it('answers 200 also when every file was refused, and tells no event', async () => {
    await start()
    expect(await uploaded(part('a.txt', 'nothing'))).toEqual({ uploaded: [], errors: [expect.any(String)] })
    expect(studio.events).toEqual([])
  })

  it('lets the extension follow the content', async () => {
    await start({ randomHex: () => 'abcdef' })
    const { uploaded: names } = await uploaded(
      part('wrong.png', jpeg),
      part('kept.JPEG', jpeg),
      part('none', png),
      part('two.tar.gz', png),
    )
    expect(names.map((name) => name.slice(23))).toEqual(['wrong.jpg', 'kept.JPEG', 'none.png', 'two.tar.png'])
  })

  it('makes hostile and very long names harmless', async () => {
    await start()
    const { uploaded: names, errors } = await uploaded(
      part('../../etc/passwd.png', png),
      part('a b;rm -rf $HOME`.png', png),
      part('猫の写真.png', png),
      part(`${'x'.repeat(300)}.png`, png),
      part('.htaccess', png),
    )
    expect(errors).toEqual([])
    for (const name of names) {
      expect(name).toMatch(/^\d{8}_\d{6}_[0-9a-f]{6}_[A-Za-z0-9._-]+$/)
      expect(Buffer.byteLength(name)).toBeLessThan(200)
    }
    expect(names[0]).toMatch(/_passwd\.png$/)
    expect(names[2]).toMatch(/_____\.png$/)
    expect((await stored()).sort()).toEqual([...names].sort())
  })

  it('takes a new number when a name is taken', async () => {
    const numbers = ['aaaaaa', 'aaaaaa', 'bbbbbb']
    await start({ now: () => new Date(0), randomHex: () => numbers.shift()! })
    expect((await uploaded(part('p.png', png), part('p.png', jpeg))).uploaded).toEqual([
      '19700101_000000_aaaaaa_p.png',
      '19700101_000000_bbbbbb_p.jpg'.replace('bbbbbb', 'aaaaaa'),
    ])
    expect((await uploaded(part('p.png', png))).uploaded).toEqual(['19700101_000000_bbbbbb_p.png'])
  })

  it('refuses a file over the limit and a file too many, and stores the rest', async () => {
    await start({ maxFileBytes: 2_000_000, maxFiles: 3 })
    const big = Buffer.concat([png, Buffer.alloc(2_000_001 - png.length)])
    const result = await uploaded(part('big.png', big), part('fits.png', png), part('b.png', png), part('c.png', png))
    expect(result.uploaded.map((name) => name.slice(23))).toEqual(['fits.png', 'b.png'])
    expect(result.errors).toEqual(['big.png: larger than 2000000 bytes', 'c.png: more than 3 files in one request'])
    expect(await stored()).toHaveLength(2)
  })

  it('answers 400 to what is not multipart, has no files part, no boundary, or breaks off', async () => {
    await start()
    const post = (headers: Record<string, string>, body: string | Uint8Array) =>
      studio.get('/assets/upload-inputs', { method: 'POST', headers, body: body as BodyInit })
    const type = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    const answers = await Promise.all([
      post({ 'content-type': 'application/json' }, '{}'),
      post({ 'content-type': 'multipart/form-data' }, 'x'),
      post(type, end),
      post(type, Buffer.concat([part('a.png', png, 'image'), end])),
      post(type, Buffer.concat([part('', png), end])),
      post(type, part('cut.png', png)),
      post(type, Buffer.concat([part('with\u0000nul.png', png), end])),
      post(type, Buffer.concat([part('with\r\nnewline.png', png), end])),
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(400)
      expect(typeof ((await answer.json()) as { detail: unknown }).detail).toBe('string')
    }
    expect(await stored()).toEqual([])
  })

  it('answers 413 before reading a body that could not be accepted', async () => {
    await start({ maxFileBytes: 1000, maxFiles: 2 })
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(
        `${studio.url}/assets/upload-inputs`,
        {
          method: 'POST',
          headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': 10_000_000 },
        },
        (response) => {
          resolve(response.statusCode)
          request.destroy()
        },
      ).on('error', reject)
      request.flushHeaders()
    })
    expect(status).toBe(413)
  })

  it('answers 507 before writing when the quota or the disk has no room', async () => {
    await start({ quota: 1000 })
    expect((await upload(part('a.png', png))).status).toBe(507)
    expect(await stored()).toEqual([])
    await studio.close()
    await start({ diskSpace: async () => ({ free: 1000, total: 10_000_000 }) })
    const answer = await upload(part('a.png', png))
    expect(answer.status).toBe(507)
    expect(((await answer.json()) as { detail: string }).detail).toMatch(/Not enough space/)
    expect(await stored()).toEqual([])
  })

  it('leaves nothing when the client goes away in the middle', async () => {
    await start()
    const body = Buffer.concat([part('whole.png', png), part('cut.png', png)])
    const request = httpRequest(`${studio.url}/assets/upload-inputs`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length + 1000 },
    })
    const broken = new Promise((resolve) => request.on('error', resolve))
    request.write(body.subarray(0, body.length - 100))
    await vi.waitFor(async () => expect((await stored()).length).toBeGreaterThan(0), patience)
    request.destroy()
    await broken
    await vi.waitFor(async () => expect(await stored()).toEqual([]), patience)
    expect(studio.events).toEqual([])
  })

  it('takes many uploads at once without mixing them up', async () => {
    await start()
    const files = Array.from({ length: 8 }, (_, n) => Buffer.concat([png, Buffer.alloc(1_500_000, n)]))
    const results = await Promise.all(files.map((file, n) => uploaded(part(`${n}.png`, file))))
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    for (const [n, result] of results.entries()) {
      expect(digest(await readFile(join(studio.roots.inputs, result.uploaded[0]!)))).toBe(digest(files[n]!))
    }
  })
})
