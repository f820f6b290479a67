/**
 * @file The engine's configuration: environment variables and ComfyUI's own flags, parsed once into one value.
 * A flag wins over its variable. Decides where the engine may listen, reads no file and starts nothing.
 */

import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import * as z from 'zod'
import { studioDirectory } from '#platform/studio-directory'
import { comfyEngineDirectories, type EngineDirectories, studioEngineDirectories } from './directories.ts'
import { describeFlags, FlagError, type GivenFlags, idleFlags, readFlags } from './flags.ts'
import { type PreviewMethod, previewMethods } from './preview-method.ts'

export interface EngineConfig {
  /** Addresses to listen on, at least one. */
  hosts: string[]
  /** 0 lets the system choose. */
  port: number
  directories: EngineDirectories
  device: 'auto' | 'cpu' | 'cuda'
  /** `fit` keeps every result that fits in memory. */
  cache: CacheSetting
  models: {
    /** Of the device's memory, left to others; null: the engine's own choice. */
    reserveBytes: number | null
    /** Close what is idle before another model opens. */
    keepOne: boolean
  }
  /** Largest request body in bytes. */
  maxUploadSize: number
  /** Allowed origin (`*` for all), or null: no CORS and the origin check instead. */
  corsOrigin: string | null
  multiUser: boolean
  /** Directory whose index.html answers `GET /`, or null for the engine's own plain page. */
  frontEndRoot: string | null
  /** Port of the studio on this machine, which the plain page links to; 0 when nobody knows it. */
  studioPort: number
  /** Whether save nodes write the graph into their files. */
  metadata: boolean
  /** SHA-256 (hex) of the key given in the environment, or null. */
  apiKeyHash: string | null
  /** True when the engine can be reached from outside this machine, so every request must carry the key. */
  requireKey: boolean
  /** Absolute paths of key and certificate, or null for plain http. */
  tls: { keyFile: string; certFile: string } | null
  /** Of prompts that say nothing of previews. */
  previewMethod: PreviewMethod
  /** Longest side of a preview, pixels. */
  previewSize: number
  /** Absolute paths of ComfyUI's YAML files with more model directories; the `optional` one may be absent. */
  extraModelPaths: { path: string; optional: boolean }[]
  /** False: the assets API answers that it is switched off. */
  assets: boolean
  /** Absolute path of the asset catalogue, or null for its place beside the jobs. */
  assetDatabase: string | null
  /** GPUs that may be used, as CUDA numbers them, or null for all. */
  cudaDevices: string | null
  log: { level: 'debug' | 'info' | 'warn' | 'error' | 'nothing'; to: 'stdout' | 'stderr' }
  compress: boolean
  /** Stop as soon as the engine listens. */
  quickTest: boolean
  /** What the log says first: flags that change nothing. */
  notices: string[]
  argv: string[]
  /** Names of the node packs that are loaded, or null for all. */
  customNodes: string[] | null
}

export type CacheSetting = 'fit' | 'classic' | 'none' | `lru:${number}`

/** A configuration that cannot be used; the message is for the person who started the engine. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const variableHelp: Record<string, string> = {
  STUDIO_DIR: 'directory of all files (./studio-data)',
  STUDIO_API_KEY: 'key demanded when listening on more than this machine',
  STUDIO_PORT: 'port of the studio, which the engine’s own page links to (3000)',
  ENGINE_HOST: 'address to listen on (127.0.0.1)',
  ENGINE_PORT: 'port to listen on (8188)',
  ENGINE_DEVICE: 'auto, cpu or cuda (auto)',
  ENGINE_CACHE: 'fit, classic, lru:N or none (fit)',
}

const cachePattern = /^(fit|classic|none|lru:[1-9]\d{0,6})$/

const settingsSchema = z.object({
  STUDIO_DIR: z.string().min(1).default('./studio-data'),
  STUDIO_API_KEY: z.string().min(1).max(256).optional(),
  STUDIO_PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8188),
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  cache: z.string().regex(cachePattern, 'expected fit, classic, lru:N or none').default('fit'),
  maxUploadMegabytes: z.coerce.number().positive().default(100),
  reserveGigabytes: z.coerce.number().nonnegative().optional(),
  previewMethod: z.enum(previewMethods).default('auto'),
  previewSize: z.coerce.number().int().min(16).max(4096).default(512),
  cudaDevices: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'expected numbers such as 0 or 0,1')
    .optional(),
  database: z
    .string()
    .regex(/^sqlite:\/\/\/(?!:memory:).+/, 'expected sqlite:///FILE')
    .optional(),
  logLevel: z
    .string()
    .toUpperCase()
    .pipe(z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']))
    .default('INFO'),
})

const logLevels = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'nothing' } as const

/**
 * @param argv - arguments without node and script
 * @param projectRoot - absolute path of the project, for the shipped models
 * @returns the configuration, or the text to print for `--help`
 * @throws ConfigError for an unknown flag or an unusable value
 */
export function parseConfig(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  projectRoot: string,
): EngineConfig | { help: string } {
  const flags = readFlagsOrExplain(argv)
  const given = (name: string): string | undefined => flags.values.get(name)?.at(-1)
  const has = (name: string): boolean => flags.values.has(name)
  if (has('help')) return { help: helpText() }

  const settings = parseSettings({
    STUDIO_DIR: environment.STUDIO_DIR || undefined,
    STUDIO_API_KEY: environment.STUDIO_API_KEY || undefined,
    STUDIO_PORT: environment.STUDIO_PORT || undefined,
    host: given('listen') ?? (environment.ENGINE_HOST || undefined),
    port: given('port') ?? (environment.ENGINE_PORT || undefined),
    device: has('cpu') ? 'cpu' : environment.ENGINE_DEVICE || undefined,
    cache: cacheFlag(given, has) ?? (environment.ENGINE_CACHE || undefined),
    maxUploadMegabytes: given('max-upload-size'),
    reserveGigabytes: given('reserve-vram'),
    previewMethod: given('preview-method'),
    previewSize: given('preview-size'),
    cudaDevices: given('cuda-device'),
    database: given('database-url'),
    logLevel: given('verbose'),
  })

  const studio = studioDirectory(resolve(settings.STUDIO_DIR), projectRoot)
  const base = given('base-directory')
  const layout =
    base === undefined ? studioEngineDirectories(studio) : comfyEngineDirectories(resolve(base), studio.defaults.models)
  const temp = given('temp-directory')
  const hosts = hostsOf(settings.host)
  const inBase = base === undefined ? [] : [{ path: resolve(base, 'extra_model_paths.yaml'), optional: true }]
  const named = (flags.values.get('extra-model-paths-config') ?? []).map((path) => ({
    path: resolve(path),
    optional: false,
  }))

  return {
    hosts,
    port: settings.port,
    directories: {
      ...layout,
      output: resolve(given('output-directory') ?? layout.output),
      input: resolve(given('input-directory') ?? layout.input),
      // As ComfyUI does: the directory is emptied at start, so never the given one itself.
      temp: temp === undefined ? layout.temp : resolve(temp, 'temp'),
      user: resolve(given('user-directory') ?? layout.user),
    },
    device: settings.device,
    cache: settings.cache as CacheSetting,
    models: {
      reserveBytes: settings.reserveGigabytes === undefined ? null : settings.reserveGigabytes * 1024 ** 3,
      keepOne: ['lowvram', 'novram', 'disable-smart-memory'].some(has),
    },
    maxUploadSize: Math.round(settings.maxUploadMegabytes * 1024 * 1024),
    corsOrigin: given('enable-cors-header') ?? null,
    multiUser: has('multi-user'),
    frontEndRoot: has('front-end-root') ? resolve(given('front-end-root')!) : null,
    studioPort: settings.STUDIO_PORT,
    metadata: !has('disable-metadata'),
    apiKeyHash: settings.STUDIO_API_KEY ? createHash('sha256').update(settings.STUDIO_API_KEY).digest('hex') : null,
    requireKey: hosts.some((host) => !isLoopbackHost(host)),
    tls: tlsOf(given('tls-keyfile'), given('tls-certfile')),
    previewMethod: settings.previewMethod,
    previewSize: settings.previewSize,
    extraModelPaths: [...inBase, ...named],
    assets: !has('disable-assets') || has('enable-assets'),
    assetDatabase: settings.database === undefined ? null : resolve(settings.database.slice('sqlite:///'.length)),
    cudaDevices: settings.cudaDevices ?? null,
    log: {
      level: has('dont-print-server') ? 'nothing' : logLevels[settings.logLevel],
      to: has('log-stdout') ? 'stdout' : 'stderr',
    },
    compress: has('enable-compress-response-body'),
    quickTest: has('quick-test-for-ci'),
    notices: flags.idle.map(({ name, why }) => `--${name} changes nothing: ${why}`),
    argv: [...argv],
    customNodes: has('disable-all-custom-nodes') ? [...(flags.values.get('whitelist-custom-nodes') ?? [])] : null,
  }
}

/** True for the names and addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

function readFlagsOrExplain(argv: readonly string[]): GivenFlags {
  try {
    return readFlags(argv)
  } catch (error) {
    if (error instanceof FlagError) throw new ConfigError(error.message)
    throw error
  }
}

/** A comma list, each address once. */
function hostsOf(list: string): string[] {
  const hosts = [...new Set(list.split(',').map((host) => host.trim().replace(/^\[|\]$/g, '')))]
  if (hosts.includes('')) throw new ConfigError('host: an address of the list is empty')
  return hosts
}

function tlsOf(keyFile: string | undefined, certFile: string | undefined): EngineConfig['tls'] {
  if (keyFile === undefined && certFile === undefined) return null
  if (keyFile === undefined || certFile === undefined) {
    throw new ConfigError('--tls-keyfile and --tls-certfile belong together')
  }
  return { keyFile: resolve(keyFile), certFile: resolve(certFile) }
}

function cacheFlag(
  given: (name: string) => string | undefined,
  has: (name: string) => boolean,
): CacheSetting | undefined {
  if (has('cache-none')) return 'none'
  if (has('cache-lru')) return given('cache-lru') === '0' ? 'fit' : (`lru:${given('cache-lru')}` as CacheSetting)
  if (has('cache-classic')) return 'classic'
  return has('cache-ram') ? 'fit' : undefined
}

function parseSettings(values: Record<string, string | undefined>) {
  const parsed = settingsSchema.safeParse(values)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new ConfigError(faults.join('; '))
}

function helpText(): string {
  const lines = (table: string[][]) => table.map(([name, help]) => `  ${name!.padEnd(36)}${help}`).join('\n')
  return [
    'The Pod Studio engine: a server that speaks the ComfyUI protocol.',
    '',
    'Flags',
    lines(describeFlags()),
    '',
    'Accepted, and changing nothing here',
    ...Object.keys(idleFlags).map((name) => `  --${name}`),
    '',
    'Environment',
    lines(Object.entries(variableHelp)),
    '',
  ].join('\n')
}
