/** @file The engine started as a script starts ComfyUI: flags that act, seen from outside. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { findProjectRoot } from '#platform/project-root'
import { savePicture, upscaleForLong } from './graphs.ts'
import { makeDirectory, type StartOptions, startEngine, type TestEngine } from './harness.ts'

const running: TestEngine[] = []
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.stop()
})

async function start(options: StartOptions): Promise<TestEngine> {
  const engine = await startEngine(options)
  running.push(engine)
  return engine
}

/** Status and body of a request that fetch would not make: over https to a certificate that nobody signed. */
async function askSecurely(url: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode!, text })
    })
      .on('error', reject)
      .end()
  })
}

describe('an engine that is started like ComfyUI', () => {
  it('answers requests and sockets over https', async () => {
    const directory = await makeDirectory()
    const files = { key: join(directory, 'key.pem'), cert: join(directory, 'cert.pem') }
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-subj', '/CN=localhost', '-keyout', files.key, '-out', files.cert],
    ])
    const engine = await start({ directory, flags: ['--tls-keyfile', files.key, '--tls-certfile', files.cert] })
    expect(engine.url).toMatch(/^https:/)
    expect(await askSecurely(`${engine.url}/prompt`)).toEqual({
      status: 200,
      text: '{"exec_info":{"queue_remaining":0}}',
    })
    const socket = new WebSocket(`${engine.url.replace('https', 'wss')}/ws`, { rejectUnauthorized: false })
    const [first] = await once(socket, 'message')
    expect(JSON.parse(String(first))).toMatchObject({ type: 'status' })
    socket.close()
  })

  it('refuses to start with a certificate that is none', async () => {
    const directory = await makeDirectory()
    await writeFile(join(directory, 'x.pem'), 'no certificate')
    const flags = ['--tls-keyfile', join(directory, 'x.pem'), '--tls-certfile', join(directory, 'x.pem')]
    await expect(startEngine({ directory, flags })).rejects.toThrow(/certificate cannot be used/)
  })

  it('listens on every address of a list, for requests and sockets', async () => {
    const engine = await start({ flags: ['--listen', '127.0.0.1,127.0.0.2'] })
    const { port } = new URL(engine.url)
    for (const host of ['127.0.0.1', '127.0.0.2']) {
      expect((await fetch(`http://${host}:${port}/api/prompt`)).status).toBe(200)
      const socket = new WebSocket(`ws://${host}:${port}/ws`)
      await once(socket, 'message')
      socket.close()
    }
    const refused = connect(Number(port), '127.0.0.3')
    expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('takes models from the directories of another installation', async () => {
    const directory = await makeDirectory()
    const base = join(directory, 'comfy')
    const other = join(directory, 'other')
    await mkdir(join(other, 'models/loras'), { recursive: true })
    await mkdir(base)
    await writeFile(join(other, 'models/loras/mine.safetensors'), 'x')
    await writeFile(join(base, 'extra_model_paths.yaml'), `a:\n  base_path: ${other}\n  loras: models/loras\n`)
    await writeFile(join(directory, 'more.yaml'), `b:\n  base_path: ${other}\n  vae: models/vae\n  is_default: true\n`)
    const flags = ['--base-directory', base, '--extra-model-paths-config', join(directory, 'more.yaml')]
    const engine = await start({ directory, flags })
    expect(await engine.get('/models/loras')).toEqual(['mine.safetensors'])
    const paths = await engine.get('/internal/folder_paths')
    expect(paths.loras).toEqual([expect.stringContaining(base), expect.any(String), join(other, 'models/loras')])
    expect(paths.vae[0]).toBe(join(other, 'models/vae'))
    // What belongs to another installation is not made.
    expect(await readdir(join(other, 'models'))).toEqual(['loras'])
    expect((await stat(join(base, 'models/vae'))).isDirectory()).toBe(true)
  })

  it('says which file of model directories it cannot read', async () => {
    await expect(startEngine({ flags: ['--extra-model-paths-config', '/nowhere/x.yaml'] })).rejects.toThrow(
      /model directories of \/nowhere\/x.yaml cannot be read/,
    )
  })

  it('keeps the asset catalogue where it is told to', async () => {
    const directory = await makeDirectory()
    const engine = await start({ directory, flags: ['--database-url', `sqlite:///${join(directory, 'db/c.sqlite')}`] })
    expect((await engine.fetch('/api/assets')).status).toBe(200)
    expect(await readdir(join(directory, 'db'))).toContain('c.sqlite')
  })

  it('answers every asset route with SERVICE_DISABLED when assets are switched off', async () => {
    const engine = await start({ flags: ['--disable-assets'] })
    expect((await engine.get('/features')).assets).toBe(false)
    const routes = [
      ...['GET /api/assets', 'POST /api/assets', 'POST /api/assets/from-hash', 'GET /api/tags'],
      ...['GET /api/assets/tags/refine', 'POST /api/assets/seed', 'GET /api/assets/seed/status'],
      ...['POST /api/assets/prune', `DELETE /api/assets/${crypto.randomUUID()}`],
    ]
    for (const route of routes) {
      const [method, path] = route.split(' ') as [string, string]
      const answer = await engine.fetch(path, { method })
      expect([route, answer.status, (await answer.json()).error.code]).toEqual([route, 503, 'SERVICE_DISABLED'])
    }
    const { entry } = await engine.run(savePicture())
    expect(entry.outputs['2'].images[0]).not.toHaveProperty('id')
  })

  it('compresses JSON and text for clients that take it, and no other answers', async () => {
    const engine = await start({ flags: ['--enable-compress-response-body'] })
    const ask = async (path: string, encoding: string) => {
      const { port } = new URL(engine.url)
      const socket = connect(Number(port), '127.0.0.1')
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: ${encoding}\r\nConnection: close\r\n\r\n`,
      )
      const chunks: Buffer[] = []
      for await (const chunk of socket) chunks.push(chunk as Buffer)
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      return { head: all.toString('latin1', 0, end).toLowerCase(), body: all.subarray(end + 4) }
    }
    const packed = await ask('/object_info', 'gzip, deflate')
    expect(packed.head).toContain('content-encoding: gzip')
    expect(packed.head).toContain(`content-length: ${packed.body.length}`)
    expect(JSON.parse(gunzipSync(packed.body).toString())).toHaveProperty('SaveImage')
    expect((await ask('/object_info', 'identity')).head).not.toContain('content-encoding')
    expect((await ask('/object_info', 'gzip;q=0')).head).not.toContain('content-encoding')
    const history = await engine.fetch('/history', { headers: { 'accept-encoding': 'gzip' } })
    expect([history.headers.get('content-encoding'), await history.text()]).toEqual(['gzip', '{}'])
    await engine.run(savePicture())
    const { images } = Object.values<{
      outputs: Record<string, { images: { filename: string; subfolder: string }[] }>
    }>(await engine.get('/history'))[0]!.outputs['2']!
    const { filename, subfolder } = images[0]!
    expect((await ask(`/view?filename=${filename}&subfolder=${subfolder}`, 'gzip')).head).not.toContain('gzip')
  })

  it('ends with 0 as soon as it listens for a quick test', async () => {
    const directory = await makeDirectory()
    const { PATH, HOME } = process.env
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'engine/main.ts', '--port', '0', '--quick-test-for-ci', '--log-stdout'],
      {
        cwd: findProjectRoot(),
        env: { PATH, HOME, STUDIO_DIR: directory, ENGINE_DEVICE: 'cpu' } as unknown as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let [out, errors] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    expect(await once(child, 'close')).toEqual([0, null])
    expect(out).toMatch(/Engine listening on http/)
    expect(errors).toBe('')
  })

  it('prints what the level lets through, and nothing when told to; the log can be read all the same', async () => {
    const directory = await makeDirectory()
    const engine = await start({ directory, flags: ['--verbose', 'WARNING', '--highvram', '--fast'] })
    expect(await engine.get('/internal/logs')).toContain('--highvram changes nothing: ')
    await engine.runnerPid()
    expect(engine.printed).not.toContain('runner')
    const silent = await start({ flags: ['--dont-print-server'] })
    await silent.runnerPid()
    expect(silent.printed).toBe('')
  })

  it('sends no previews when the method is none, unless a prompt asks for them', async () => {
    const engine = await start({ flags: ['--preview-method', 'none', '--preview-size', '64'] })
    const socket = await engine.connect()
    const ended = (promptId: string) => (event: { type: string; data: Record<string, unknown> }) =>
      event.type.startsWith('execution_') && event.type !== 'execution_start' && event.data.prompt_id === promptId
    const silent = await engine.queue(upscaleForLong(), { client_id: socket.id })
    await socket.until(({ type, data }) => type === 'progress' && (data.value as number) >= 2)
    await engine.post('/interrupt', { prompt_id: silent.promptId })
    await socket.until((event) => ended(silent.promptId)(event) && event.type === 'execution_interrupted')
    expect(socket.frames).toEqual([])
    const asked = await engine.queue(upscaleForLong(), {
      client_id: socket.id,
      extra_data: { preview_method: 'auto' },
    })
    const frame = await socket.untilFrame(() => true)
    await engine.post('/interrupt', { prompt_id: asked.promptId })
    const { default: sharp } = await import('sharp')
    const { width, height } = await sharp(frame.subarray(8)).metadata()
    expect(Math.max(width, height)).toBe(64)
  })

  it('serves a front end, whose page is not cached, beside the protocol', async () => {
    const directory = await makeDirectory()
    const web = join(directory, 'web')
    await mkdir(join(web, 'assets'), { recursive: true })
    await writeFile(join(web, 'index.html'), '<h1>front</h1>')
    await writeFile(join(web, 'assets/index-1.js'), 'let x')
    const engine = await start({ directory, flags: ['--front-end-root', web, '--front-end-version', 'x@1'] })
    const page = await engine.fetch('/')
    expect([await page.text(), page.headers.get('cache-control')]).toEqual([
      '<h1>front</h1>',
      'no-store, must-revalidate',
    ])
    const script = await engine.fetch('/assets/index-1.js')
    expect([script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
      'text/javascript',
      'no-store',
    ])
    expect((await engine.fetch('/assets/../../secret')).status).toBe(404)
    expect((await engine.fetch('/prompt')).status).toBe(200)
    expect(await readFile(join(web, 'index.html'), 'utf8')).toBe('<h1>front</h1>')
  })
})

describe('the engine’s own page', () => {
  it('says what this is and links to the studio on the same host', async () => {
    const engine = await start({ environment: { STUDIO_PORT: '3456' } })
    const page = await engine.fetch('/')
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('href="http://127.0.0.1:3456/"')
  })
})
