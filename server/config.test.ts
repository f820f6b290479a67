import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { type Config, ConfigError, parseConfig } from './config.ts'

const parse = (environment: Record<string, string> = {}) =>
  parseConfig([], environment as unknown as NodeJS.ProcessEnv, '/project') as Config

describe('the configuration', () => {
  it('has defaults for everything', () => {
    expect(parse()).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      apiKey: null,
      publicOrigins: [],
      trustProxy: false,
      quotaBytes: null,
      maxUploadBytes: 4 * 1024 ** 3,
      maxUploadFiles: 1000,
      engine: { kind: 'supervised', host: '127.0.0.1', port: 8188, apiKey: null },
    })
  })

  it('takes an empty variable for an absent one', () => {
    expect(parse({ STUDIO_PORT: '', STUDIO_API_KEY: '', ENGINE_URL: '' })).toMatchObject({ port: 3000, apiKey: null })
  })

  it("knows a pod's address at RunPod's proxy and trusts that proxy", () => {
    const config = parse({
      RUNPOD_POD_ID: 'Abc123',
      STUDIO_PORT: '3100',
      STUDIO_PUBLIC_ORIGINS: 'https://studio.example',
    })
    expect(config.publicOrigins).toEqual(['https://studio.example', 'https://abc123-3100.proxy.runpod.net'])
    expect(config.trustProxy).toBe(true)
    expect(parse({ RUNPOD_POD_ID: 'Abc123', STUDIO_TRUST_PROXY: '0' }).trustProxy).toBe(false)
  })

  it('uses an engine that is there, and presents a key only where one is asked for', () => {
    expect(parse({ ENGINE_URL: 'http://10.0.0.2:8188/', ENGINE_API_KEY: 'its key' }).engine).toEqual({
      kind: 'existing',
      url: 'http://10.0.0.2:8188',
      apiKey: 'its key',
    })
    expect(parse({ STUDIO_API_KEY: 'the key of the pod' }).engine.apiKey).toBeNull()
    expect(parse({ STUDIO_API_KEY: 'the key of the pod', ENGINE_HOST: '0.0.0.0' }).engine.apiKey).toBe(
      'the key of the pod',
    )
  })

  it.each([
    [{ STUDIO_PORT: 'many' }, /STUDIO_PORT/],
    [{ STUDIO_PORT: '70000' }, /STUDIO_PORT/],
    [{ STUDIO_API_KEY: 'short' }, /STUDIO_API_KEY/],
    [{ STUDIO_API_KEY: 'x'.repeat(257) }, /STUDIO_API_KEY/],
    [{ STUDIO_PUBLIC_ORIGINS: '*' }, /STUDIO_PUBLIC_ORIGINS.*"\*"/],
    [{ STUDIO_PUBLIC_ORIGINS: 'https://a.example/path' }, /is not an origin/],
    [{ ENGINE_URL: 'file:///etc/passwd' }, /ENGINE_URL/],
    [{ ENGINE_HOST: '0.0.0.0' }, /set STUDIO_API_KEY/],
    [{ STUDIO_QUOTA_BYTES: '-1' }, /STUDIO_QUOTA_BYTES/],
  ])('%o is refused by name', (environment, words) => {
    expect(() => parse(environment as Record<string, string>)).toThrow(ConfigError)
    expect(() => parse(environment as Record<string, string>)).toThrow(words)
  })

  it('is listed in the README, each variable with the words of --help', async () => {
    const { help } = parseConfig(['--help'], {} as unknown as NodeJS.ProcessEnv, '/project') as { help: string }
    const readme = await readFile(join(findProjectRoot(), 'README.md'), 'utf8')
    const rows = new Map(
      [...readme.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\|$/gm)].map(([, name, words]) => [name, words]),
    )
    const helped = new Map([...help.matchAll(/^ {2}([A-Z_]+) +(.*)$/gm)].map(([, name, words]) => [name, words]))
    expect(helped.size).toBeGreaterThan(10)
    expect(rows).toEqual(helped)
  })

  it('never repeats a key in its complaints', () => {
    expect(() => parse({ STUDIO_API_KEY: 'qwzx' })).toThrow(/^((?!qwzx).)*$/s)
  })
})
