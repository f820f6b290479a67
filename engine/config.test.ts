import { createHash } from 'node:crypto'
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
      host: '127.0.0.1',
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
      host: '0.0.0.0',
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

  it('keeps the key as its hash only', () => {
    const config = parse([], { STUDIO_API_KEY: 'secret' } as unknown as NodeJS.ProcessEnv)
    expect(config.apiKeyHash).toBe(createHash('sha256').update('secret').digest('hex'))
    expect(JSON.stringify(config)).not.toContain('secret"')
  })

  it.each([
    [['--prot', '1'], /unknown flag --prot/],
    [['--port'], /--port needs a value/],
    [['--port', 'x'], /port/],
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
