import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { everyoneIsSignedIn } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { fileRoutes } from './routes.ts'

const png = await readFile(join(findProjectRoot(), 'studio-data/defaults/input/chelsea.png'))
let directory: string
let app: ReturnType<typeof createApp>
let origin: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-files-'))
  const roots = { inputs: join(directory, 'input'), outputs: join(directory, 'output') }
  await mkdir(join(roots.outputs, 'job/final'), { recursive: true })
  await mkdir(roots.inputs)
  await writeFile(join(roots.outputs, 'job/final/a.png'), png)
  await writeFile(join(roots.outputs, 'job/final/really-html.png'), '<html><script>alert(1)</script>')
  await writeFile(join(roots.outputs, 'job/final/big.bin'), Buffer.alloc(5_000_000, 3))
  await writeFile(join(roots.inputs, 'vector.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(roots.inputs, 'empty.png'), '')
  await writeFile(join(roots.inputs, 'photo "猫".png'), png)
  await writeFile(join(roots.inputs, '.hidden.png'), png)
  await writeFile(join(directory, 'secret.png'), png)
  await symlink(join(directory, 'secret.png'), join(roots.inputs, 'link.png'))
  await symlink(directory, join(roots.inputs, 'up'))
  await writeFile(join(directory, 'secret-large.bin'), Buffer.alloc(1_000_000))
  await symlink(join(directory, 'secret-large.bin'), join(roots.inputs, 'large.bin'))
  app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(fileRoutes({ roots }), { prefix: '/api/admin' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})
afterAll(async () => {
  app.server.closeAllConnections()
  await app.close()
  await rm(directory, { recursive: true, force: true })
})
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${origin}/api/admin/files/${path}`, { headers })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

describe('the bytes of a file', () => {
  it('are sent whole, with their type by content, inline when it is a picture', async () => {
    const response = await get('outputs/job/final/a.png')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(response.headers.get('content-disposition')).toBe('inline; filename="a.png"')
    expect(response.headers.get('content-length')).toBe(String(png.length))
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await bytesOf(response)).equals(png)).toBe(true)
  })

  it.each(['outputs/job/final/really-html.png', 'inputs/vector.svg', 'outputs/job/final/big.bin'])(
    'are a download of unknown type when a page could run them: %s',
    async (path) => {
      const response = await get(path)
      expect(response.headers.get('content-type')).toBe('application/octet-stream')
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; /)
      expect(response.headers.get('content-security-policy')).toContain('sandbox')
      await bytesOf(response)
    },
  )

  it('keep any name in a header that cannot be broken out of', async () => {
    const response = await get(`inputs/${encodeURIComponent('photo "猫".png')}`)
    expect(response.headers.get('content-disposition')).toBe(
      `inline; filename="photo ____.png"; filename*=UTF-8''photo%20%22%E7%8C%AB%22.png`.replace('____', '___'),
    )
    await bytesOf(response)
  })

  it('are not found behind links, hidden names, directories and ways out', async () => {
    for (const path of [
      'inputs/link.png',
      'inputs/up/secret.png',
      'inputs/large.bin',
      'inputs/up/secret-large.bin',
      'inputs/.hidden.png',
      'outputs/job',
      'outputs/job/final/',
      'inputs/..%2f..%2fsecret.png',
      'inputs/%2e%2e/secret.png',
      'inputs//etc/passwd',
      'inputs/a%00.png',
      'inputs/a%5c..%5csecret.png',
      'inputs/nothing.png',
      'models/a.png',
      'inputs/',
    ]) {
      const response = await get(path)
      expect([path, response.status]).toEqual([path, 404])
      expect(typeof ((await response.json()) as { detail: unknown }).detail).toBe('string')
    }
  })

  it('come in any range, exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(png.length - 1), fc.nat(png.length - 1), async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)]
        const part = await get('outputs/job/final/a.png', { range: `bytes=${start}-${end}` })
        expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end}/${png.length}`])
        expect(part.headers.get('content-type')).toBe('image/png')
        expect((await bytesOf(part)).equals(png.subarray(start, end + 1))).toBe(true)
      }),
      { numRuns: 40 },
    )
    expect((await bytesOf(await get('outputs/job/final/a.png', { range: 'bytes=-7' }))).equals(png.subarray(-7))).toBe(
      true,
    )
    const several = await get('outputs/job/final/a.png', { range: 'bytes=0-1,4-5' })
    expect([several.status, (await bytesOf(several)).length]).toEqual([200, png.length])
    const outside = await get('outputs/job/final/a.png', { range: `bytes=${png.length}-` })
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${png.length}`])
    expect((await get('inputs/empty.png')).status).toBe(200)
  })

  it('are not sent again to who has them, and whole to who has another version', async () => {
    const first = await get('outputs/job/final/a.png')
    await bytesOf(first)
    const etag = first.headers.get('etag')!
    const date = first.headers.get('last-modified')!
    const status = async (headers: Record<string, string>) => {
      const response = await get('outputs/job/final/a.png', headers)
      await bytesOf(response)
      return response.status
    }
    expect(await status({ 'if-none-match': etag })).toBe(304)
    expect(await status({ 'if-none-match': `"x", W/${etag}` })).toBe(304)
    expect(await status({ 'if-modified-since': date })).toBe(304)
    expect(await status({ 'if-none-match': '"x"', 'if-modified-since': date })).toBe(200)
    expect(await status({ range: 'bytes=0-3', 'if-range': etag })).toBe(206)
    expect(await status({ range: 'bytes=0-3', 'if-range': date })).toBe(206)
    expect(await status({ range: 'bytes=0-3', 'if-range': '"x"' })).toBe(200)
  })

  it('break off when the file shrinks while it is sent', async () => {
    const path = join(directory, 'output/job/final/big.bin')
    await writeFile(path, Buffer.alloc(60_000_000, 3))
    const outcome = await new Promise((resolve) => {
      httpRequest(`${origin}/api/admin/files/outputs/job/final/big.bin`, (response) => {
        response.pause()
        response.once('readable', () => void truncate(path, 10).then(() => response.resume()))
        response.on('error', () => resolve('broken'))
        response.on('end', () => resolve('whole'))
      }).end()
    })
    expect(outcome).toBe('broken')
  })

  it('answer HEAD with the length and nothing else', async () => {
    const response = await fetch(`${origin}/api/admin/files/outputs/job/final/a.png`, { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(png.length)])
    expect((await bytesOf(response)).length).toBe(0)
  })
})
