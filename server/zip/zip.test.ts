import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ZipPlanAnswer } from '#contracts/zip'
import { crc32 } from '#platform/crc32'
import { everyoneIsSignedIn } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { zipRoutes } from './routes.ts'

const run = promisify(execFile)
let directory: string
let root: string
let url: string
let app: ReturnType<typeof createApp>
let clock: number

async function startApp() {
  app = createApp({ authenticator: everyoneIsSignedIn })
  await app.register(
    zipRoutes({
      roots: { outputs: root, inputs: join(directory, 'input') },
      cacheDirectory: join(directory, 'cache'),
      now: () => clock,
      resolve: {
        outputs: async () => ({ paths: [], missing: [] }),
        inputs: async (selection) => ({ paths: 'files' in selection ? selection.files : [], missing: [] }),
      },
    }),
    {
      prefix: '/api/admin',
    },
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/admin`
}
async function stopApp() {
  app.server.closeAllConnections()
  await app.close()
}
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-zip-'))
  root = join(directory, 'output')
  clock = Date.UTC(2026, 2, 24, 14, 30, 52)
  await mkdir(root)
  await startApp()
})
afterEach(async () => {
  await stopApp()
  await rm(directory, { recursive: true, force: true })
})

async function write(path: string, content: string | Uint8Array) {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}
const get = (headers: Record<string, string> = {}, path = '/outputs-zip') => fetch(url + path, { headers })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

/** Names and contents of an archive, as Python's zipfile reads them. */
async function readWithPython(archive: Buffer): Promise<Record<string, string>> {
  const file = join(directory, 'archive.zip')
  await writeFile(file, archive)
  const script =
    'import zipfile,json,sys,hashlib\n' +
    'z=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n' +
    'print(json.dumps({i.filename:hashlib.sha256(z.read(i)).hexdigest() for i in z.infolist()}))'
  return JSON.parse((await run('python3', ['-c', script, file])).stdout)
}
const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')

async function sampleTree() {
  const big = Buffer.alloc(2_500_000, 7)
  big.set(Buffer.from('not all the same'), 1_300_000)
  const files: Record<string, string | Buffer> = {
    'job1/final/final_00001.png': 'picture',
    'job1/final/empty.txt': '',
    'job1/job.json': '{"outputs":[]}',
    'job2/final/grün 猫.mp4': big,
    'loose.webp': 'loose',
  }
  for (const [path, content] of Object.entries(files)) await write(path, content)
  return files
}

describe('the zip of everything', () => {
  it('holds every visible file byte for byte, and is as long as announced', async () => {
    const files = await sampleTree()
    await write('.hidden/x.png', 'no')
    await write('job1/.tmp-123', 'no')
    await symlink('/etc/hostname', join(root, 'job1/link.png'))
    const response = await get()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/zip')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="outputs_20260324_143052.zip"')
    expect(response.headers.get('accept-ranges')).toBe('bytes')
    const archive = await bytesOf(response)
    expect(archive.length).toBe(Number(response.headers.get('content-length')))
    const expected = Object.fromEntries(Object.entries(files).map(([path, content]) => [path, sha256(content)]))
    expect(await readWithPython(archive)).toEqual(expected)
    expect((await run('unzip', ['-t', join(directory, 'archive.zip')])).stdout).toContain('No errors detected')
  })

  it('answers HEAD with the same headers and no body', async () => {
    await sampleTree()
    const head = await fetch(`${url}/outputs-zip`, { method: 'HEAD' })
    const whole = await get()
    for (const name of ['content-length', 'etag', 'content-type']) {
      expect(head.headers.get(name)).toBe(whole.headers.get(name))
    }
    expect((await bytesOf(head)).length).toBe(0)
    await bytesOf(whole)
  })

  it('is an empty archive for an empty directory, and 404 without one', async () => {
    const empty = await bytesOf(await get())
    expect(empty.length).toBe(22)
    expect(
      (
        await run('python3', [
          '-c',
          `import zipfile,io;print(zipfile.ZipFile(io.BytesIO(bytes.fromhex("${empty.toString('hex')}"))).namelist())`,
        ])
      ).stdout.trim(),
    ).toBe('[]')
    await rm(root, { recursive: true })
    const missing = await get()
    expect([missing.status, await missing.json()]).toEqual([404, { detail: 'Output directory not found' }])
  })

  it('names the same files by the same tag, and other files by another', async () => {
    await sampleTree()
    const tag = async () => (await fetch(`${url}/outputs-zip`, { method: 'HEAD' })).headers.get('etag')
    const first = await tag()
    expect(first).toMatch(/^"[0-9a-f]{32}"$/)
    expect(await tag()).toBe(first)
    await write('job3/final/new.png', 'new')
    expect(await tag()).not.toBe(first)
  })

  it('makes unsafe names safe and loses none', async () => {
    await write('job/a\\b.png', '1')
    await write('job/a:b.png', '2')
    await write('job/a_b.png', '3')
    await writeFile(Buffer.concat([Buffer.from(`${root}/job/`), Buffer.from([0xff, 0xfe]), Buffer.from('.png')]), '4')
    const entries = await readWithPython(await bytesOf(await get()))
    expect(Object.keys(entries)).toHaveLength(4)
    expect(new Set(Object.values(entries))).toEqual(new Set(['1', '2', '3', '4'].map(sha256)))
    for (const name of Object.keys(entries)) expect(name).not.toMatch(/[\\:]/)
  })

  it('holds the record of a running job as it was when the archive was planned', async () => {
    await write('job/.incomplete', '')
    await write('job/job.json', '{"status":"running"}')
    await write('job/final/a.bin', Buffer.alloc(30_000_000, 1))
    const response = await get()
    await write('job/job.json', '{"status":"completed","outputs":[]}')
    const entries = await readWithPython(await bytesOf(response))
    expect(entries['job/job.json']).toBe(sha256('{"status":"running"}'))
  })
})

describe('ranges', () => {
  it('gives any part exactly as it stands in the whole', async () => {
    await sampleTree()
    const whole = await bytesOf(await get())
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(whole.length - 1), async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)]
        const part = await get({ range: `bytes=${start}-${end}` })
        expect(part.status).toBe(206)
        expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end}/${whole.length}`)
        expect((await bytesOf(part)).equals(whole.subarray(start, end + 1))).toBe(true)
      }),
      { numRuns: 60 },
    )
    expect((await bytesOf(await get({ range: 'bytes=-30' }))).equals(whole.subarray(-30))).toBe(true)
    expect((await bytesOf(await get({ range: `bytes=${whole.length - 5}-` }))).equals(whole.subarray(-5))).toBe(true)
  })

  it('gives the directory at the end without the files having been sent before', async () => {
    await sampleTree()
    const tail = await bytesOf(await get({ range: 'bytes=-400' }))
    expect(tail.equals((await bytesOf(await get())).subarray(-400))).toBe(true)
  })

  it('answers the whole for several ranges and nonsense, 416 for what lies outside', async () => {
    await sampleTree()
    const whole = await bytesOf(await get())
    for (const range of ['bytes=0-1,5-6', 'items=0-5', 'bytes=5-2', 'bytes=-']) {
      const response = await get({ range })
      expect([range, response.status, (await bytesOf(response)).length]).toEqual([range, 200, whole.length])
    }
    const outside = await get({ range: `bytes=${whole.length}-` })
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`])
  })

  it('resumes the remembered plan although newer files exist, also after a restart', async () => {
    await sampleTree()
    const first = await get()
    const whole = await bytesOf(first)
    const etag = first.headers.get('etag')!
    await write('job9/final/newer.png', 'newer')
    for (const restart of [false, true]) {
      if (restart) {
        await stopApp()
        await startApp()
      }
      const rest = await get({ range: 'bytes=1000-', 'if-range': etag })
      expect(rest.status).toBe(206)
      expect(rest.headers.get('etag')).toBe(etag)
      expect((await bytesOf(rest)).equals(whole.subarray(1000))).toBe(true)
    }
  })

  it('answers the new whole when a file of the remembered plan changed or went', async () => {
    await sampleTree()
    const first = await get()
    await bytesOf(first)
    const etag = first.headers.get('etag')!
    await write('job1/final/final_00001.png', 'changed!')
    const changed = await get({ range: 'bytes=1000-', 'if-range': etag })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(etag)
    expect(Object.keys(await readWithPython(await bytesOf(changed)))).toHaveLength(5)
    await rm(join(root, 'loose.webp'))
    expect((await get({ range: 'bytes=1000-', 'if-range': changed.headers.get('etag')! })).status).toBe(200)
  })

  it('forgets a plan after a day, and takes no foreign tag for one', async () => {
    await sampleTree()
    const first = await get()
    await bytesOf(first)
    const etag = first.headers.get('etag')!
    await write('newer.png', 'newer')
    expect((await get({ range: 'bytes=9-', 'if-range': '"somebody else"' })).status).toBe(200)
    expect((await get({ range: 'bytes=9-', 'if-range': `W/${etag}` })).status).toBe(200)
    clock += 25 * 3_600_000
    expect((await get({ range: 'bytes=9-', 'if-range': etag })).status).toBe(200)
  })

  it('lets curl continue what was interrupted, to the same bytes', async () => {
    await sampleTree()
    const whole = await bytesOf(await get())
    const part = join(directory, 'part.zip')
    await writeFile(part, whole.subarray(0, 1_234_567))
    await write('job9/final/newer.png', 'newer')
    await run('curl', ['-sS', '-C', '-', '-o', part, `${url}/outputs-zip`])
    expect((await readFile(part)).equals(whole)).toBe(true)
  })
})

describe('files that change while they are sent', () => {
  /** Starts a download, changes something once bytes flow, and tells whether the answer arrived whole. */
  function download(whenFlowing: () => Promise<void>): Promise<'whole' | 'broken'> {
    return new Promise((resolve) => {
      httpRequest(`${url}/outputs-zip`, (response) => {
        response.pause()
        response.once('readable', () => {
          void whenFlowing().then(() => response.resume())
        })
        response.on('error', () => resolve('broken'))
        response.on('end', () => resolve('whole'))
      }).end()
    })
  }

  it.each([
    ['goes', (path: string) => rm(path)],
    ['shrinks', (path: string) => truncate(path, 5)],
    ['is rewritten', (path: string) => writeFile(path, Buffer.alloc(1000, 9))],
  ])('breaks the connection when a file %s', async (_what, change) => {
    await write('a/big.bin', Buffer.alloc(60_000_000, 1))
    await write('z/last.bin', Buffer.alloc(1000, 2))
    await utimes(join(root, 'z/last.bin'), 1000, 1000)
    expect(await download(() => change(join(root, 'z/last.bin')))).toBe('broken')
  })

  it('sends the whole when nothing changes, however slow the reader is', async () => {
    await write('a/big.bin', Buffer.alloc(60_000_000, 1))
    expect(await download(async () => undefined)).toBe('whole')
  })
})

describe('checksums', () => {
  it('takes the recorded checksum while size and time hold, so that damage shows when unpacking', async () => {
    await write('20260324_143052_a1b2c3/final/final_00001.png', 'damaged')
    const path = join(root, '20260324_143052_a1b2c3/final/final_00001.png')
    const record = async (modified: string) =>
      write(
        '20260324_143052_a1b2c3/job.json',
        JSON.stringify({
          outputs: [
            {
              filename: 'final_00001.png',
              subfolder: '20260324_143052_a1b2c3/final',
              size: 7,
              crc32: crc32(Buffer.from('correct')),
              modified_ns: modified,
            },
          ],
        }),
      )
    await record(String((await stat(path, { bigint: true })).mtimeNs))
    await expect(readWithPython(await bytesOf(await get()))).rejects.toThrow(/Bad CRC-32|AssertionError/)
    await record('1')
    expect(Object.keys(await readWithPython(await bytesOf(await get())))).toHaveLength(2)
  })
})

describe('archives over 4 GiB', () => {
  it('end as the layout says: a reader finds both entries from the tail of a sparse archive', async () => {
    await mkdir(join(root, 'a'))
    const huge = await open(join(root, 'a/huge.bin'), 'w')
    await huge.truncate(2 ** 32 + 5)
    await huge.close()
    await write('b/after.txt', 'behind four gigabytes')
    // Recorded checksums keep the test from reading four gigabytes for the descriptor.
    const zeros = await run('python3', [
      '-c',
      'import zlib;c=0\nfor _ in range(256):c=zlib.crc32(bytes(16777216),c)\nprint(zlib.crc32(bytes(5),c))',
    ])
    const modified_ns = String((await stat(join(root, 'a/huge.bin'), { bigint: true })).mtimeNs)
    await write(
      'a/job.json',
      JSON.stringify({
        outputs: [
          { filename: 'huge.bin', subfolder: 'a', size: 2 ** 32 + 5, crc32: Number(zeros.stdout), modified_ns },
        ],
      }),
    )
    const head = await fetch(`${url}/outputs-zip`, { method: 'HEAD' })
    const length = Number(head.headers.get('content-length'))
    const start = await bytesOf(await get({ range: 'bytes=0-99' }))
    const tail = await bytesOf(await get({ range: `bytes=${2 ** 32}-` }))
    expect(2 ** 32 + tail.length).toBe(length)
    const archive = await open(join(directory, 'sparse.zip'), 'w')
    await archive.write(start, 0, start.length, 0)
    await archive.write(tail, 0, tail.length, 2 ** 32)
    await archive.close()
    const script =
      'import zipfile,sys\nz=zipfile.ZipFile(sys.argv[1])\n' +
      'print([(i.filename,i.file_size,i.CRC) for i in z.infolist()][0::2],z.read("b/after.txt").decode(),end="")\n' +
      'f=z.open("a/huge.bin");assert f.read(9)==bytes(9)'
    const { stdout } = await run('python3', ['-c', script, join(directory, 'sparse.zip')])
    expect(stdout).toBe(
      `[('a/huge.bin', 4294967301, ${zeros.stdout.trim()}), ('b/after.txt', 21, ${crc32(Buffer.from('behind four gigabytes'))})] behind four gigabytes`,
    )
  })
})

describe('the zip of a selection', () => {
  const plan = async (body: unknown) => {
    const response = await fetch(`${url}/zip-plans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as ZipPlanAnswer & { detail?: string } }
  }

  it('has an address, an exact size and only what was picked', async () => {
    await sampleTree()
    await write('job1/preview/p.png', 'preview')
    const { status, body } = await plan({
      type: 'outputs',
      jobs: ['job1', 'gone'],
      paths: ['loose.webp', '../x'],
      kinds: ['final'],
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({ files: 3, missing: ['../x', 'gone'] })
    const archive = await bytesOf(await fetch(new URL(body.url, url)))
    expect(archive.length).toBe(body.size)
    expect(Object.keys(await readWithPython(archive)).sort()).toEqual([
      'job1/final/empty.txt',
      'job1/final/final_00001.png',
      'loose.webp',
    ])
    const part = await fetch(new URL(body.url, url), { headers: { range: 'bytes=5-9' } })
    expect([part.status, (await bytesOf(part)).equals(archive.subarray(5, 10))]).toEqual([206, true])
  })

  it('is of the inputs too, and then never holds the output of the same name', async () => {
    await sampleTree()
    const inputs = join(directory, 'input')
    await mkdir(join(inputs, 'job1/final'), { recursive: true })
    await writeFile(join(inputs, 'loose.webp'), 'an input')
    await writeFile(join(inputs, 'job1/final/final_00001.png'), 'picture')
    const selection = { files: ['loose.webp', 'job1/final/final_00001.png', 'gone.png', '../output/loose.webp'] }
    const { status, body } = await plan({ type: 'inputs', selection })
    expect(status).toBe(201)
    expect(body).toMatchObject({ files: 2, missing: ['gone.png', '../output/loose.webp'] })
    const answer = await fetch(new URL(body.url, url))
    expect(answer.headers.get('content-disposition')).toMatch(/filename="inputs_\d{8}_\d{6}\.zip"/)
    expect(await readWithPython(await bytesOf(answer))).toEqual({
      'loose.webp': sha256('an input'),
      'job1/final/final_00001.png': sha256('picture'),
    })
    // Name, size and time tell a file's content, below one root.
    await writeFile(join(root, 'twin.png'), 'x')
    await writeFile(join(inputs, 'twin.png'), 'y')
    for (const each of [root, inputs]) await utimes(join(each, 'twin.png'), 5, 5)
    const [ofOutputs, ofInputs] = [
      await plan({ type: 'outputs', paths: ['twin.png'] }),
      await plan({ type: 'inputs', selection: { files: ['twin.png'] } }),
    ]
    const contentOf = async ({ body }: typeof ofInputs) =>
      readWithPython(await bytesOf(await fetch(new URL(body.url, url))))
    expect(await contentOf(ofOutputs)).toEqual({ 'twin.png': sha256('x') })
    expect(await contentOf(ofInputs)).toEqual({ 'twin.png': sha256('y') })
  })

  it('is found again after a restart, with the root that it is of', async () => {
    await mkdir(join(directory, 'input'))
    await writeFile(join(directory, 'input/photo.png'), 'an input')
    const { body } = await plan({ type: 'inputs', selection: { files: ['photo.png'] } })
    const path = new URL(body.url, url).pathname.replace('/api/admin', '')
    await stopApp()
    await startApp()
    expect(await readWithPython(await bytesOf(await get({}, path)))).toEqual({ 'photo.png': sha256('an input') })
  })

  it('says so when nothing of it is there, when its files changed, and when it is unknown', async () => {
    await sampleTree()
    expect((await plan({ type: 'outputs', jobs: ['gone'] })).status).toBe(404)
    const { body } = await plan({ type: 'outputs', paths: ['loose.webp'] })
    await rm(join(root, 'loose.webp'))
    expect((await fetch(new URL(body.url, url))).status).toBe(409)
    expect((await get({}, `/zip-plans/${'0'.repeat(32)}/download`)).status).toBe(404)
  })
})
