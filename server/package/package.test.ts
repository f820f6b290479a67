import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobRecord } from '#contracts/jobs'
import { everyoneIsSignedIn } from '../http/access.ts'
import { createApp } from '../http/app.ts'
import { packageRoutes } from './routes.ts'

const run = promisify(execFile)
const job = '20260324_143052_a1b2c3'
let directory: string
let url: string
let app: ReturnType<typeof createApp>

const record: JobRecord = {
  version: 1,
  id: job,
  prompt_id: 'p',
  status: 'completed',
  number: 1,
  workflow: null,
  inputs: { image: 'photo.png', text: 'a cat. Not a file' },
  seeds: {},
  created_at: 1,
  started_at: 1,
  finished_at: 2,
  outputs: [],
  error: null,
  retry_of: null,
  client_id: null,
  prompt: {
    1: { class_type: 'LoadImage', inputs: { image: 'sub/second.png [input]' } },
    2: { class_type: 'LoadImage', inputs: { image: '../secret.png' } },
    3: { class_type: 'LoadImage', inputs: { image: 'linked.png' } },
    4: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'gone.png' } },
  },
  extra_data: {},
  outputs_to_execute: ['4'],
  history: null,
}

async function write(path: string, content: string | Uint8Array) {
  await mkdir(dirname(join(directory, path)), { recursive: true })
  await writeFile(join(directory, path), content)
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-package-'))
  await write('input/photo.png', 'photo')
  await write('input/sub/second.png', 'second')
  await write('input/unused.png', 'unused')
  await write('secret.png', 'secret')
  await symlink(join(directory, 'secret.png'), join(directory, 'input/linked.png'))
  await write(`output/${job}/job.json`, JSON.stringify(record))
  await write(`output/${job}/final/final_00001.png`, Buffer.alloc(3_000_000, 5))
  await write(`output/${job}/preview/preview_00001.png`, 'preview')
  await write(`output/${job}/intermediate/i.mp4`, 'intermediate')
  await write(`output/${job}/loose.png`, 'loose')
  await write(`output/${job}/.hidden`, 'hidden')
  await write('output/foreign/a.png', 'foreign')
  app = createApp({ authenticator: everyoneIsSignedIn })
  const roots = { inputs: join(directory, 'input'), outputs: join(directory, 'output') }
  await app.register(packageRoutes({ roots }), { prefix: '/api/admin' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/admin/jobs`
})
afterAll(async () => {
  app.server.closeAllConnections()
  await app.close()
  await rm(directory, { recursive: true, force: true })
})

async function unpack(archive: ArrayBuffer): Promise<Record<string, string>> {
  const file = join(directory, 'package.zip')
  await writeFile(file, Buffer.from(archive))
  const script =
    'import zipfile,json,sys,hashlib\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n' +
    'print(json.dumps({i.filename:hashlib.sha256(z.read(i)).hexdigest() for i in z.infolist()}))'
  return JSON.parse((await run('python3', ['-c', script, file])).stdout)
}
const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')

describe('the package of a job', () => {
  it('holds the record, the graph, the inputs it used and its results', async () => {
    const response = await fetch(`${url}/${job}/package`)
    expect(response.headers.get('content-type')).toBe('application/zip')
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="job_${job}.zip"`)
    expect(await unpack(await response.arrayBuffer())).toEqual({
      'job.json': sha256(JSON.stringify(record)),
      'workflow.json': sha256(`${JSON.stringify(record.prompt, null, 2)}\n`),
      'inputs/photo.png': sha256('photo'),
      'inputs/sub/second.png': sha256('second'),
      'results/final/final_00001.png': sha256(Buffer.alloc(3_000_000, 5)),
      'results/preview/preview_00001.png': sha256('preview'),
      'results/intermediate/i.mp4': sha256('intermediate'),
      'results/final/loose.png': sha256('loose'),
    })
  })

  it('holds the results also of a folder without a record', async () => {
    const response = await fetch(`${url}/foreign/package`)
    expect(Object.keys(await unpack(await response.arrayBuffer()))).toEqual(['results/final/a.png'])
  })

  it('is 404 for what is no job', async () => {
    for (const name of ['nothing', '..', '.hidden', '%2e%2e', 'a%2fb']) {
      expect([name, (await fetch(`${url}/${name}/package`)).status]).toEqual([name, 404])
    }
  })

  it('breaks the connection when a file goes while it is packed', async () => {
    await write('output/breaking/a.bin', Buffer.alloc(60_000_000))
    await write('output/breaking/z.bin', 'last')
    const outcome = await new Promise((resolve) => {
      httpRequest(`${url}/breaking/package`, (response) => {
        response.pause()
        response.once('readable', () => void rm(join(directory, 'output/breaking/z.bin')).then(() => response.resume()))
        response.on('error', () => resolve('broken'))
        response.on('end', () => resolve('whole'))
      }).end()
    })
    expect(outcome).toBe('broken')
  })
})
