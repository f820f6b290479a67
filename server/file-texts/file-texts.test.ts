import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileTexts } from '#contracts/file-texts'
import { crc32 } from '#platform/crc32'
import { findFfmpeg } from '#platform/ffmpeg'
import { everyoneIsSignedIn } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { fileTextRoutes } from './routes.ts'
import { parseMetadataFile } from './video-tags.ts'

const run = promisify(execFile)
const ffmpeg = findFfmpeg()!
const limits = { maxText: 20_000, maxChunk: 40_000, maxChunks: 50 }
const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  .png()
  .toBuffer()

let directory: string
let url: string
let close: () => Promise<void>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-texts-'))
  const roots = { inputs: join(directory, 'input'), outputs: join(directory, 'output') }
  await mkdir(roots.inputs)
  const app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(fileTextRoutes({ roots, ffmpeg, limits }), { prefix: '/api/admin' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/admin/file-texts`
  close = () => app.close()
})
afterAll(async () => {
  await close()
  await rm(directory, { recursive: true, force: true })
})

function chunk(type: string, content: Uint8Array | string): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), Buffer.from(content as Uint8Array)])
  const part = Buffer.alloc(body.length + 8)
  part.writeUInt32BE(body.length - 4, 0)
  body.copy(part, 4)
  part.writeUInt32BE(crc32(body), body.length + 4)
  return part
}
/** The picture with chunks put in after its header. */
const pngWith = (...chunks: Buffer[]) => Buffer.concat([picture.subarray(0, 33), ...chunks, picture.subarray(33)])

async function textsOf(name: string, content?: Uint8Array): Promise<FileTexts> {
  if (content) await writeFile(join(directory, 'input', name), content)
  const answer = await fetch(`${url}/inputs/${name}`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as FileTexts
}

describe('the texts of a picture', () => {
  it('are those of all three kinds of chunks, in their order', async () => {
    const png = pngWith(
      chunk('tEXt', 'prompt\0{"1": {}}'),
      chunk('zTXt', Buffer.concat([Buffer.from('parameters\0\0'), deflateSync('steps: 20')])),
      chunk('iTXt', Buffer.concat([Buffer.from('Title\0\0\0de\0Titel\0'), Buffer.from('Grün')])),
      chunk('iTXt', Buffer.concat([Buffer.from('Note\0\x01\0\0\0'), deflateSync(Buffer.from('packed ü'))])),
    )
    expect(await textsOf('texts.png', png)).toEqual({
      texts: [
        { keyword: 'prompt', text: '{"1": {}}' },
        { keyword: 'parameters', text: 'steps: 20' },
        { keyword: 'Title', text: 'Grün' },
        { keyword: 'Note', text: 'packed ü' },
      ],
      truncated: false,
    })
  })

  it('are given as text, whatever they contain', async () => {
    const hostile = '<script>alert(1)</script>\u0001'
    const { texts } = await textsOf('hostile.png', pngWith(chunk('tEXt', `prompt\0${hostile}`)))
    expect(texts).toEqual([{ keyword: 'prompt', text: hostile }])
    const answer = await fetch(`${url}/inputs/hostile.png`)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('end at the bounds, and say so', async () => {
    const bomb = chunk('zTXt', Buffer.concat([Buffer.from('bomb\0\0'), deflateSync(Buffer.alloc(50_000_000, 65))]))
    const first = chunk('tEXt', 'a\0b')
    for (const [name, ...chunks] of [
      ['bomb.png', bomb],
      ['large.png', chunk('tEXt', `big\0${'x'.repeat(50_000)}`)],
      ['much.png', chunk('tEXt', `one\0${'x'.repeat(15_000)}`), chunk('tEXt', `two\0${'x'.repeat(15_000)}`)],
      ['many.png', ...Array.from({ length: 60 }, () => chunk('prIv', ''))],
    ] as [string, ...Buffer[]][]) {
      const { texts, truncated } = await textsOf(name, pngWith(first, ...chunks))
      expect(truncated, name).toBe(true)
      expect(texts[0], name).toEqual({ keyword: 'a', text: 'b' })
      expect(texts.length, name).toBeLessThan(3)
    }
  })

  it('are those before the break of a broken file', async () => {
    const lying = chunk('tEXt', 'late\0x')
    lying.writeUInt32BE(0x7fffffff, 0)
    const broken = pngWith(chunk('tEXt', 'early\0y'), chunk('tEXt', 'no keyword end'), lying)
    expect(await textsOf('lying.png', broken)).toEqual({
      texts: [{ keyword: 'early', text: 'y' }],
      truncated: false,
    })
    expect(await textsOf('short.png', broken.subarray(0, 40))).toEqual({ texts: [], truncated: false })
    const damaged = pngWith(chunk('zTXt', 'z\0\0not zlib'), chunk('tEXt', 'early\0y'))
    expect((await textsOf('damaged.png', damaged)).texts).toEqual([{ keyword: 'early', text: 'y' }])
  })

  it('are none for other kinds of files', async () => {
    expect(await textsOf('plain.txt', Buffer.from('tEXt'))).toEqual({ texts: [], truncated: false })
    expect(await textsOf('plain.jpg', await sharp(picture).jpeg().toBuffer())).toEqual({ texts: [], truncated: false })
  })
})

describe('the tags of a video', () => {
  it('are those somebody gave it, with every special character', async () => {
    const prompt = '{"1": {"inputs": {"text": "a=b; #1 \\\\ line\\nnext"}}}\nsecond line'
    const path = join(directory, 'input/clip.mp4')
    await run(ffmpeg, [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'color=red:s=32x32:d=0.2', '-movflags', 'use_metadata_tags'],
      ...['-metadata', `prompt=${prompt}`, '-metadata', 'title=A clip', path],
    ])
    const { texts, truncated } = await textsOf('clip.mp4')
    expect(truncated).toBe(false)
    expect(texts).toContainEqual({ keyword: 'prompt', text: prompt })
    expect(texts).toContainEqual({ keyword: 'title', text: 'A clip' })
    expect(texts.map((text) => text.keyword)).not.toContain('major_brand')
  })

  it('are none when the file is no video inside', async () => {
    const head = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1')
    expect(await textsOf('broken.mp4', head)).toEqual({ texts: [], truncated: false })
  })

  it('leave out an entry that was cut, and everything of the streams', () => {
    expect(parseMetadataFile(';FFMETADATA1\na=1\nb=2', true)).toEqual([{ keyword: 'a', text: '1' }])
    expect(parseMetadataFile(';FFMETADATA1\na=[1]\n[STREAM]\nb=2\n')).toEqual([{ keyword: 'a', text: '[1]' }])
  })
})

it('answers 404 for what is no file below the root', async () => {
  await symlink('/etc/hostname', join(directory, 'input/link.png'))
  for (const path of ['inputs/none.png', 'inputs/link.png', 'inputs/..%2Finput%2Ftexts.png', 'models/x', 'inputs/.x']) {
    expect((await fetch(`${url}/${path}`)).status, path).toBe(404)
  }
})
