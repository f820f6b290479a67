import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, type EngineConfig, isLoopbackHost, parseConfig } from './config.ts'

function parse(argv: string[], environment: NodeJS.ProcessEnv = {} as NodeJS.ProcessEnv): EngineConfig {
  const parsed = parseConfig(argv, environment, '/project')
  if ('help' in parsed) throw new Error('help')
  return parsed
}

describe('the configuration of the engine', () => {
  it('is loopback without a key, with the studio layout, when nothing is said', () => {
    const config = parse([], { STUDIO_DIR: '/data' } as unknown as NodeJS.ProcessEnv)
    expect(config).toMatchObject({
      hosts: ['127.0.0.1'],
      port: 8188,
      requireKey: false,
      apiKeyHash: null,
      corsOrigin: null,
      cache: 'fit',
      device: 'auto',
      maxUploadSize: 104_857_600,
      metadata: true,
    })
    expect(config.directories).toMatchObject({
      input: '/data/assets/input',
      output: '/data/assets/output',
      modelRoots: ['/data/models', '/project/studio-data/defaults/models'],
    })
  })

  it('takes ComfyUI flags, in both spellings, over the environment', () => {
    const environment = { ENGINE_PORT: '1', ENGINE_CACHE: 'none' } as unknown as NodeJS.ProcessEnv
    const config = parse(
      [
        '--listen',
        '--port=0',
        '--base-directory',
        '/comfy',
        '--output-directory',
        '/out',
        '--temp-directory',
        '/t',
        '--cache-lru',
        '5',
        '--cpu',
        '--max-upload-size',
        '2.5',
        '--enable-cors-header',
        '--disable-metadata',
        '--preview-method',
        'auto',
        '--highvram',
      ],
      environment,
    )
    expect(config).toMatchObject({
      hosts: ['0.0.0.0', '::'],
      port: 0,
      requireKey: true,
      cache: 'lru:5',
      device: 'cpu',
      maxUploadSize: 2_621_440,
      corsOrigin: '*',
      metadata: false,
    })
    // The given directory itself is never emptied.
    expect(config.directories).toMatchObject({ input: '/comfy/input', output: '/out', temp: '/t/temp' })
  })

  it('takes every other flag of ComfyUI that acts', () => {
    const config = parse([
      ...['--listen', '127.0.0.1, [::1]', '--tls-keyfile', 'k.pem', '--tls-certfile=c.pem'],
      ...['--extra-model-paths-config', 'a.yaml', 'b.yaml', '--user-directory', '/u', '--input-directory', '/i'],
      ...['--cuda-device', '1,0', '--preview-method', 'none', '--preview-size', '256', '--cache-ram', '4'],
      ...['--multi-user', '--verbose', 'warning', '--log-stdout', '--front-end-root', '/web'],
      ...['--enable-compress-response-body', '--database-url', 'sqlite:////data/assets.db', '--quick-test-for-ci'],
    ])
    expect(config).toMatchObject({
      hosts: ['127.0.0.1', '::1'],
      requireKey: false,
      tls: { keyFile: resolve('k.pem'), certFile: resolve('c.pem') },
      extraModelPaths: [
        { path: resolve('a.yaml'), optional: false },
        { path: resolve('b.yaml'), optional: false },
      ],
      directories: { user: '/u', input: '/i' },
      cudaDevices: '1,0',
      previewMethod: 'none',
      previewSize: 256,
      cache: 'fit',
      multiUser: true,
      log: { level: 'warn', to: 'stdout' },
      frontEndRoot: '/web',
      compress: true,
      assets: true,
      assetDatabase: '/data/assets.db',
      quickTest: true,
    })
  })

  it('reads the model directories that lie in a base directory', () => {
    expect(parse(['--base-directory', '/comfy']).extraModelPaths).toEqual([
      { path: '/comfy/extra_model_paths.yaml', optional: true },
    ])
  })

  it('needs the key as soon as one of its addresses is not of this machine only', () => {
    expect(parse(['--listen', '127.0.0.1,10.0.0.1']).requireKey).toBe(true)
  })

  it('says of flags that change nothing that they do, also of those with values', () => {
    const { notices, port } = parse([
      '--fast',
      'fp16_accumulation',
      'cublas_ops',
      '--async-offload',
      '2',
      '--port',
      '9',
    ])
    expect(notices).toEqual([
      '--fast changes nothing: it tunes PyTorch, and models run on onnxruntime here',
      '--async-offload changes nothing: models are loaded and let go as memory allows',
    ])
    expect(port).toBe(9)
  })

  it('leaves memory to others, and holds one model at a time, when told to', () => {
    expect(parse([]).models).toEqual({ reserveBytes: null, keepOne: false })
    expect(parse(['--reserve-vram', '1.5']).models).toEqual({ reserveBytes: 1.5 * 1024 ** 3, keepOne: false })
    for (const flag of ['--lowvram', '--novram', '--disable-smart-memory']) {
      expect(parse([flag]).models.keepOne).toBe(true)
    }
  })

  it('loads all node packs, or none but those that are named', () => {
    expect(parse([]).customNodes).toBeNull()
    expect(parse(['--whitelist-custom-nodes', 'a']).customNodes).toBeNull()
    expect(parse(['--disable-all-custom-nodes']).customNodes).toEqual([])
    const some = ['--disable-all-custom-nodes', '--whitelist-custom-nodes', 'a pack', 'b', '--port', '1']
    expect(parse(some)).toMatchObject({ customNodes: ['a pack', 'b'], port: 1 })
    expect(() => parse(['--whitelist-custom-nodes', '--cpu'])).toThrow('needs a value')
  })

  it('keeps the key as its hash only', () => {
    const config = parse([], { STUDIO_API_KEY: 'secret' } as unknown as NodeJS.ProcessEnv)
    expect(config.apiKeyHash).toBe(createHash('sha256').update('secret').digest('hex'))
    expect(JSON.stringify(config)).not.toContain('secret"')
  })

  it.each([
    [['--prot', '1'], /unknown flag --prot/],
    [['--port'], /--port needs a value/],
    [['--port', 'x'], /port/],
    [['--cpu=1'], /--cpu takes no value/],
    [['--listen', '127.0.0.1,,::1'], /address of the list is empty/],
    [['--tls-keyfile', 'k.pem'], /belong together/],
    [['--cuda-device', 'first'], /expected numbers/],
    [['--database-url', 'postgres://x'], /expected sqlite/],
    [['--database-url', 'sqlite:///:memory:'], /expected sqlite/],
    [['--preview-method', 'pretty'], /previewMethod/],
    [['--verbose', 'LOUD'], /logLevel/],
    [['--extra-model-paths-config'], /needs a value/],
    [['--cache-lru', '-1'], /cache/],
    [['8188'], /unexpected argument/],
    [['--__proto__'], /unexpected argument|unknown flag/],
  ])('refuses %j in words', (argv, message) => {
    expect(() => parse(argv)).toThrow(ConfigError)
    expect(() => parse(argv)).toThrow(message)
  })

  it('lists its flags and variables for --help', () => {
    const parsed = parseConfig(['--help'], {} as NodeJS.ProcessEnv, '/project')
    expect(parsed).toHaveProperty('help', expect.stringMatching(/--base-directory DIR[\s\S]*ENGINE_CACHE/))
  })

  it('knows which hosts only this machine reaches', () => {
    for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '::1', '[::1]', 'LOCALHOST']) {
      expect(isLoopbackHost(host), host).toBe(true)
    }
    for (const host of ['0.0.0.0', '::', '127.0.0.1.evil.example', '10.0.0.1', 'localhost.evil.example']) {
      expect(isLoopbackHost(host), host).toBe(false)
    }
  })
})
