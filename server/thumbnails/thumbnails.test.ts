import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { thumbHashToAverageRGBA } from 'thumbhash'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findFfmpeg } from '#platform/ffmpeg'
import { findProjectRoot } from '#platform/project-root'
import { createInputsIndex } from '../assets/inputs-index.ts'
import { createOutputsIndex } from '../assets/outputs-index.ts'
import { createTrash, type Trash } from '../assets/trash.ts'
import { everyoneIsSignedIn } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { patience } from '../testing/until.ts'
import type { PictureFacts } from './messages.ts'
import { createPictureMemory } from './picture-memory.ts'
import { prepareJobThumbnails } from './prepare-job.ts'
import { thumbnailRoutes } from './routes.ts'
import { createThumbnailCache } from './thumbnail-cache.ts'
import { createThumbnailProcess, locateWorker, type ThumbnailProcess } from './thumbnail-process.ts'
import { createThumbnails, type Thumbnails } from './thumbnails.ts'

const run = promisify(execFile)
const samples = join(findProjectRoot(), 'studio-data/defaults/input')
const ffmpeg = findFfmpeg()!
const maxBytes = 400_000

let directory: string
let roots: { inputs: string; outputs: string }
let url: string
let renders: number
let child: ThumbnailProcess
/** Of each rendering: aborted when nobody waits for it. */
const signals: (AbortSignal | undefined)[] = []
const seen = new Map<string, PictureFacts>()
let thumbnails: Thumbnails
let cache: ReturnType<typeof createThumbnailCache>
let outputs: ReturnType<typeof createOutputsIndex>
let trash: Trash
let close: () => Promise<void>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-thumbnails-'))
  roots = { inputs: join(directory, 'input'), outputs: join(directory, 'output') }
  await mkdir(roots.inputs)
  await mkdir(roots.outputs)
  const inputs = createInputsIndex({ root: roots.inputs })
  outputs = createOutputsIndex({ root: roots.outputs })
  child = createThumbnailProcess({ worker: locateWorker(findProjectRoot()), concurrency: 2 })
  renders = 0
  const counting: ThumbnailProcess = {
    pid: null,
    close: child.close,
    render: (request, options) => {
      renders++
      signals.push(options.signal)
      return child.render(request, options)
    },
  }
  cache = createThumbnailCache({ directory: join(directory, 'cache'), maxBytes, maxMemoryBytes: 50_000 })
  thumbnails = createThumbnails({
    ...{ roots, cache, process: counting },
    onFacts: ({ segments }, facts) => seen.set(segments.join('/'), facts),
  })
  trash = createTrash({ directory: join(directory, 'trash'), roots })
  const app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(thumbnailRoutes({ indexes: { inputs, outputs }, thumbnails, trash }), { prefix: '/api/admin' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/admin/thumbnails`
  close = async () => {
    app.server.closeAllConnections()
    await app.close()
    await child.close()
    await Promise.all([inputs.close(), outputs.close()])
  }
})
afterAll(async () => {
  await close()
  await rm(directory, { recursive: true, force: true })
})

async function write(path: string, content: Uint8Array | string) {
  await mkdir(dirname(join(directory, path)), { recursive: true })
  await writeFile(join(directory, path), content)
}
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}/${path}`, { headers })
const lavfi = ['-v', 'error', '-y', '-f', 'lavfi', '-i']
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const picture = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } })

describe('a thumbnail', () => {
  it('is a small WebP of the picture, in the width that was asked for, never larger than it', async () => {
    await write('input/photo.png', await sharp(join(samples, 'astronaut.png')).resize(1600).png().toBuffer())
    await write('input/small.png', await picture(100, 50, 'red').png().toBuffer())
    for (const [query, width] of [
      ['', 320],
      ['?w=320', 320],
      ['?w=480', 480],
      ['?w=1280', 1280],
    ] as const) {
      const response = await get(`inputs/photo.png${query}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/webp'])
      expect(await sharp(await bytesOf(response)).metadata()).toMatchObject({ format: 'webp', width })
    }
    expect(await sharp(await bytesOf(await get('inputs/small.png'))).metadata()).toMatchObject({
      width: 100,
      height: 50,
    })
  })

  it('stands upright as the camera meant it', async () => {
    await write('input/turned.jpg', await picture(600, 300, 'blue').withMetadata({ orientation: 6 }).jpeg().toBuffer())
    const { width, height } = await sharp(await bytesOf(await get('inputs/turned.jpg'))).metadata()
    expect(width! < height!).toBe(true)
  })

  it('is made of every kind of picture that can be uploaded', async () => {
    await write('input/a.webp', await picture(400, 300, 'green').webp().toBuffer())
    await write('input/a.gif', await picture(400, 300, 'green').gif().toBuffer())
    await write('input/source.png', await picture(400, 300, 'green').png().toBuffer())
    await run(ffmpeg, ['-v', 'error', '-i', join(roots.inputs, 'source.png'), join(roots.inputs, 'a.bmp')])
    for (const name of ['a.webp', 'a.gif', 'a.bmp']) {
      const response = await get(`inputs/${name}`)
      expect([name, response.status]).toEqual([name, 200])
      expect(await sharp(await bytesOf(response)).metadata()).toMatchObject({ width: 320, height: 240 })
    }
  })

  it.each(['mp4', 'webm', 'mov', 'avi'])('of a video (%s) is a frame at a tenth of it', async (extension) => {
    // Black for the first 0.2 s of 4 s, then white.
    const path = join(roots.inputs, `clip.${extension}`)
    const codec = { webm: ['-c:v', 'libvpx'], avi: ['-c:v', 'mpeg4'] }[extension] ?? ['-c:v', 'libx264']
    const source = "color=black:s=640x360:d=4:r=10,geq=lum='if(lt(T,0.2),16,235)':cb=128:cr=128"
    await run(ffmpeg, ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, '-pix_fmt', 'yuv420p', path])
    const webp = await bytesOf(await get(`inputs/clip.${extension}`))
    expect(await sharp(webp).metadata()).toMatchObject({ width: 320, height: 180 })
    expect((await sharp(webp).stats()).channels[0]!.mean).toBeGreaterThan(200)
  })

  it('may be kept for good when the address names the version, else is asked for again', async () => {
    await write('output/job/final/a.png', await picture(700, 700, 'navy').png().toBuffer())
    const { mtimeMs } = await stat(join(roots.outputs, 'job/final/a.png'))
    await outputs.settle()
    const plain = await get('outputs/job/final/a.png')
    expect(plain.headers.get('cache-control')).toBe('private, no-cache')
    const named = await get(`outputs/job/final/a.png?v=${mtimeMs / 1000}`)
    expect(named.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    const etag = named.headers.get('etag')!
    expect((await get('outputs/job/final/a.png', { 'if-none-match': etag })).status).toBe(304)
    await write('output/job/final/a.png', await picture(700, 700, 'gold').png().toBuffer())
    await outputs.settle()
    const renewed = await get(`outputs/job/final/a.png?v=${mtimeMs / 1000}`, { 'if-none-match': etag })
    expect([renewed.status, renewed.headers.get('cache-control')]).toEqual([200, 'private, no-cache'])
  })

  it('is 422 with words for what is no readable picture, and is not tried again', async () => {
    const whole = await sharp(join(samples, 'chelsea.png')).png().toBuffer()
    await write('input/cut.png', whole.subarray(0, whole.length / 2))
    await write('input/text.png', 'this is not a picture at all')
    await write('input/vector.png', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    for (const name of ['cut.png', 'text.png', 'vector.png']) {
      const response = await get(`inputs/${name}`)
      const { detail } = (await response.json()) as { detail: string }
      expect([name, response.status]).toEqual([name, 422])
      expect(detail).toMatch(new RegExp(`^No thumbnail of ${name}: \\S`))
      expect(detail).not.toContain(directory)
    }
    const before = renders
    expect((await get('inputs/cut.png')).status).toBe(422)
    expect(renders).toBe(before)
  })

  it('is the one it had when its picture lies in the trash, whatever has its name by now', async () => {
    await write('input/thrown/away.png', await picture(400, 200, 'green').png().toBuffer())
    const before = await bytesOf(await get('inputs/thrown/away.png'))
    const made = renders
    const path = ['thrown', 'away.png']
    const entry = await trash.put('inputs', path, await stat(join(roots.inputs, ...path)))
    await write('input/thrown/away.png', await picture(100, 100, 'red').png().toBuffer())
    const response = await get(`trash/${entry.id}/away.png`)
    expect([response.status, (await bytesOf(response)).equals(before)]).toEqual([200, true])
    expect(renders).toBe(made)
    const larger = await sharp(await bytesOf(await get(`trash/${entry.id}/away.png?w=1280`))).metadata()
    expect([larger.width, larger.height]).toEqual([400, 200])
    expect((await get(`trash/${entry.id}/other.png`)).status).toBe(404)
  })

  it('is 404 for what is not there and 400 for a width there is not', async () => {
    expect((await get('inputs/nothing.png')).status).toBe(404)
    expect((await get('inputs/..%2fsecret.png')).status).toBe(404)
    expect((await get('inputs/photo.png?w=333')).status).toBe(400)
  })

  it('refuses a picture with more pixels than memory is meant for', async () => {
    // A PNG header that claims 30,000 x 30,000.
    const png = await picture(8, 8, 'red').png().toBuffer()
    png.writeUInt32BE(30_000, 16)
    png.writeUInt32BE(30_000, 20)
    await write('input/bomb.png', png)
    expect((await get('inputs/bomb.png')).status).toBe(422)
  })
})

describe('what is seen while a thumbnail is made', () => {
  it('is the upright size and a placeholder of about 25 bytes that has the colours of the picture', async () => {
    await write('input/wide.png', await picture(900, 300, '#d02010').png().toBuffer())
    await bytesOf(await get('inputs/wide.png'))
    const { thumbhash, ...size } = seen.get('wide.png')!
    expect(size).toEqual({ width: 900, height: 300, duration: null, sound: null })
    const bytes = Buffer.from(thumbhash, 'base64')
    expect(bytes.length).toBeLessThan(30)
    const { r, g, b } = thumbHashToAverageRGBA(bytes)
    expect([r, g, b].map((part) => Math.round(part * 255))).toEqual([
      expect.closeTo(0xd0, -1.4),
      expect.closeTo(0x20, -1.4),
      expect.closeTo(0x10, -1.4),
    ])
  })

  it('is the length of a video too', async () => {
    await run(ffmpeg, [...lavfi, 'testsrc=s=320x180:d=3:r=10', '-pix_fmt', 'yuv420p', join(roots.inputs, 'three.mp4')])
    await bytesOf(await get('inputs/three.mp4'))
    expect(seen.get('three.mp4')).toMatchObject({ width: 320, height: 180, duration: 3, sound: false })
  })

  it('is whether a video has a sound track, whatever its title says', async () => {
    const audio = ['-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac', '-shortest']
    const silent = ['-metadata', 'title=x\n  Stream #0:1: Audio: aac']
    for (const [name, more] of [
      ['song.mp4', audio],
      ['silent.mp4', silent],
    ] as const) {
      const film = [...lavfi, 'testsrc=s=320x180:d=1:r=10', ...more, '-pix_fmt', 'yuv420p']
      await run(ffmpeg, [...film, join(roots.inputs, name)])
      await bytesOf(await get(`inputs/${name}`))
    }
    expect(seen.get('song.mp4')?.sound).toBe(true)
    expect(seen.get('silent.mp4')?.sound).toBe(false)
  })

  it('is remembered across restarts', async () => {
    const file = join(directory, 'pictures.log')
    const facts = { width: 2, height: 3, duration: 1.5, thumbhash: 'abc+/w==' }
    const loud = { ...facts, sound: true }
    const version = { path: 'inputs:a b.png', size: 1, time: '12.5' }
    const memory = createPictureMemory(file)
    memory.remember(version, facts)
    memory.remember({ ...version, path: 'inputs:loud.mp4' }, loud)
    await memory.flush()
    const again = createPictureMemory(file)
    await again.ready
    expect(again.find(version)).toEqual(facts)
    expect(again.find({ ...version, path: 'inputs:loud.mp4' })).toEqual(loud)
    expect(again.find({ ...version, size: 2 })).toBeUndefined()
  })
})

describe('a strip', () => {
  const strip = (path: string) => fetch(`${url.replace('/thumbnails', '/strips')}/${path}`)

  it('is ten frames of a video side by side, in order', async () => {
    // Brighter with every second: each frame is lighter than the one before.
    const source = "color=black:s=480x270:d=5:r=10,geq=lum='16+40*T':cb=128:cr=128"
    await run(ffmpeg, [...lavfi, source, '-pix_fmt', 'yuv420p', join(roots.inputs, 'rising.mp4')])
    const answer = await strip('inputs/rising.mp4')
    expect(answer.headers.get('content-type')).toBe('image/webp')
    const image = await bytesOf(answer)
    expect(await sharp(image).metadata()).toMatchObject({ width: 2400, height: 135 })
    const means: number[] = []
    for (let left = 0; left < 2400; left += 240) {
      const frame = await sharp(image).extract({ left, top: 0, width: 240, height: 135 }).toBuffer()
      means.push((await sharp(frame).stats()).channels[0]!.mean)
    }
    expect(means).toEqual([...means].sort((a, b) => a - b))
    expect(means[9]! - means[0]!).toBeGreaterThan(100)
  })

  it('is 422 with words for a picture and for what is no video', async () => {
    await write('input/still.png', await picture(50, 50, 'red').png().toBuffer())
    const answer = await strip('inputs/still.png')
    expect([answer.status, await answer.json()]).toEqual([
      422,
      { detail: 'No thumbnail of still.png: it is not a video' },
    ])
    expect((await strip('inputs/nothing.mp4')).status).toBe(404)
  })
})

describe('making thumbnails', () => {
  it('makes one however many ask at once', async () => {
    await write('input/wanted.png', await sharp(join(samples, 'coffee.png')).resize(2000).png().toBuffer())
    const before = renders
    const answers = await Promise.all(Array.from({ length: 12 }, () => get('inputs/wanted.png').then(bytesOf)))
    expect(renders).toBe(before + 1)
    expect(answers.every((webp) => webp.equals(answers[0]!))).toBe(true)
  })

  it('does not make what nobody waits for any more', async () => {
    const slow = await sharp(join(samples, 'coffee.png')).resize(3000).png().toBuffer()
    for (let n = 0; n < 6; n++) await write(`input/queued${n}.png`, Buffer.concat([slow, Buffer.from(`${n}`)]))
    const requests = Array.from({ length: 6 }, (_, n) =>
      httpRequest(`${url}/inputs/queued${n}.png`).on('error', () => undefined),
    )
    await write('input/first.png', await picture(50, 50, 'red').png().toBuffer())
    await write('input/last.png', await picture(50, 50, 'blue').png().toBuffer())
    expect((await get('inputs/first.png')).status).toBe(200)
    const before = renders
    // It finishes none of the two it takes while the others wait for a place.
    process.kill(child.pid!, 'SIGSTOP')
    for (const request of requests) request.end()
    await vi.waitFor(() => expect(renders).toBe(before + 6), patience)
    for (const request of requests) request.destroy()
    await vi.waitFor(
      () => expect(signals.slice(before).map((signal) => signal?.aborted)).toEqual(Array(6).fill(true)),
      patience,
    )
    process.kill(child.pid!, 'SIGCONT')
    // The queue is free again: another picture does not wait for those that were given up.
    expect((await get('inputs/last.png')).status).toBe(200)
    const kept = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        const { size, mtimeMs } = await stat(join(roots.inputs, `queued${n}.png`))
        const version = { type: 'inputs', segments: [`queued${n}.png`], size, modified: mtimeMs / 1000 } as const
        return (await cache.find(thumbnails.keyOf({ ...version, segments: [...version.segments] }, 320))) !== null
      }),
    )
    expect(kept.filter(Boolean).length).toBeLessThanOrEqual(2)
  })

  it('prepares those of a job when it ends', async () => {
    await write('output/ended/final/a.png', await picture(900, 900, 'teal').png().toBuffer())
    await write('output/ended/job.json', '{}')
    await outputs.settle()
    await prepareJobThumbnails({ outputs, thumbnails }, 'ended')
    const before = renders
    expect((await get('outputs/ended/final/a.png?w=320')).status).toBe(200)
    expect((await get('outputs/ended/final/a.png?w=480')).status).toBe(200)
    expect(renders).toBe(before)
  })

  it('keeps the cache within its bound', async () => {
    const noise = await sharp(join(samples, 'coffee.png')).resize(1280).png().toBuffer()
    for (let n = 0; n < 8; n++) {
      await write(`input/fill${n}.png`, Buffer.concat([noise, Buffer.from(`${n}`)]))
      expect((await get(`inputs/fill${n}.png?w=1280`)).status).toBe(200)
    }
    expect(cache.bytes).toBeLessThanOrEqual(maxBytes)
    const names = (await readdir(join(directory, 'cache'), { recursive: true })).filter((name) =>
      name.endsWith('.webp'),
    )
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, 'cache', name))).size))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(cache.bytes)
  })
})

describe('the thumbnail child', () => {
  it('is started anew when it was killed, and what it was making is made', async () => {
    const child = createThumbnailProcess({ worker: locateWorker(findProjectRoot()), concurrency: 2 })
    try {
      await write('input/big.png', await sharp(join(samples, 'coffee.png')).resize(4000).png().toBuffer())
      const request = { root: roots.inputs, segments: ['big.png'], shape: 320 as const }
      await child.render(request, { urgent: true })
      const made = child.render(request, { urgent: true })
      process.kill(child.pid!, 'SIGKILL')
      expect((await made).webp.length).toBeGreaterThan(0)
    } finally {
      await child.close()
    }
  })
})
