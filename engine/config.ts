/**
 * @file The engine's configuration: environment variables and ComfyUI's own flags, parsed once into one value.
 * A flag wins over its variable. Decides where the engine may listen, reads no file and starts nothing.
 */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import * as z from 'zod'
import { studioDirectory } from '#platform/studio-directory'
import { comfyEngineDirectories, type EngineDirectories, studioEngineDirectories } from './directories.ts'

export interface EngineConfig {
  host: string
  /** 0 lets the system choose. */
  port: number
  directories: EngineDirectories
  device: 'auto' | 'cpu' | 'cuda'
  /** `fit` keeps every result that fits in memory. */
  cache: CacheSetting
  /** Largest request body in bytes. */
  maxUploadSize: number
  /** Allowed origin (`*` for all), or null: no CORS and the origin check instead. */
  corsOrigin: string | null
  multiUser: boolean
  /** Directory whose index.html answers `GET /`, or null for the engine's own plain page. */
  frontEndRoot: string | null
  /** Whether save nodes write the graph into their files. */
  metadata: boolean
  /** SHA-256 (hex) of the key given in the environment, or null. */
  apiKeyHash: string | null
  /** True when the engine can be reached from outside this machine, so every request must carry the key. */
  requireKey: boolean
  argv: string[]
}

export type CacheSetting = 'fit' | 'classic' | 'none' | `lru:${number}`

/** A configuration that cannot be used; the message is for the person who started the engine. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

interface Flag {
  /** `optional`: the value may be left out, then `implied` stands for it. */
  value: 'none' | 'required' | 'optional'
  implied?: string
  help: string
  placeholder?: string
}

const flags: Record<string, Flag> = {
  listen: { value: 'optional', implied: '0.0.0.0', placeholder: 'HOST', help: 'address to listen on (127.0.0.1)' },
  port: { value: 'required', placeholder: 'N', help: 'port to listen on (8188; 0 lets the system choose)' },
  'base-directory': { value: 'required', placeholder: 'DIR', help: "ComfyUI's layout below DIR instead of STUDIO_DIR" },
  'output-directory': { value: 'required', placeholder: 'DIR', help: 'where results go' },
  'input-directory': { value: 'required', placeholder: 'DIR', help: 'where uploads lie' },
  'temp-directory': { value: 'required', placeholder: 'DIR', help: 'temporary files; a directory temp is made in it' },
  'user-directory': { value: 'required', placeholder: 'DIR', help: 'settings and user data' },
  'cache-classic': { value: 'none', help: "keep the last prompt's results" },
  'cache-lru': { value: 'required', placeholder: 'N', help: 'keep the results of the N nodes used last' },
  'cache-none': { value: 'none', help: 'keep no results' },
  cpu: { value: 'none', help: 'compute on the CPU' },
  'max-upload-size': { value: 'required', placeholder: 'MB', help: 'largest request body in MB (100)' },
  'enable-cors-header': {
    value: 'optional',
    implied: '*',
    placeholder: 'ORIGIN',
    help: 'answer with CORS headers (*)',
  },
  'multi-user': { value: 'none', help: 'settings and user data per user' },
  'front-end-root': { value: 'required', placeholder: 'DIR', help: 'directory of a web front end' },
  'disable-metadata': { value: 'none', help: 'write no graph into saved files' },
  help: { value: 'none', help: 'this text' },
}

/** Flags of ComfyUI that people start it with and that have no meaning here. */
const ignoredFlags: Record<string, 'none' | 'required'> = {
  'auto-launch': 'none',
  'disable-auto-launch': 'none',
  'dont-print-server': 'none',
  'preview-method': 'required',
  highvram: 'none',
  normalvram: 'none',
  lowvram: 'none',
  novram: 'none',
  'gpu-only': 'none',
  'disable-smart-memory': 'none',
  'disable-all-custom-nodes': 'none',
  'disable-xformers': 'none',
  verbose: 'none',
}

const variableHelp: Record<string, string> = {
  STUDIO_DIR: 'directory of all files (./studio-data)',
  STUDIO_API_KEY: 'key demanded when listening on more than this machine',
  ENGINE_HOST: 'address to listen on (127.0.0.1)',
  ENGINE_PORT: 'port to listen on (8188)',
  ENGINE_DEVICE: 'auto, cpu or cuda (auto)',
  ENGINE_CACHE: 'fit, classic, lru:N or none (fit)',
}

const cachePattern = /^(fit|classic|none|lru:[1-9]\d{0,6})$/

const settingsSchema = z.object({
  STUDIO_DIR: z.string().min(1).default('./studio-data'),
  STUDIO_API_KEY: z.string().min(1).max(256).optional(),
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8188),
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  cache: z.string().regex(cachePattern, 'expected fit, classic, lru:N or none').default('fit'),
  maxUploadMegabytes: z.coerce.number().positive().default(100),
})

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
  const given = readFlags(argv)
  if (given.has('help')) return { help: helpText() }

  const settings = parseSettings({
    STUDIO_DIR: environment.STUDIO_DIR || undefined,
    STUDIO_API_KEY: environment.STUDIO_API_KEY || undefined,
    host: given.get('listen') ?? (environment.ENGINE_HOST || undefined),
    port: given.get('port') ?? (environment.ENGINE_PORT || undefined),
    device: given.has('cpu') ? 'cpu' : environment.ENGINE_DEVICE || undefined,
    cache: cacheFlag(given) ?? (environment.ENGINE_CACHE || undefined),
    maxUploadMegabytes: given.get('max-upload-size'),
  })

  const studio = studioDirectory(resolve(settings.STUDIO_DIR), projectRoot)
  const base = given.get('base-directory')
  const layout =
    base === undefined ? studioEngineDirectories(studio) : comfyEngineDirectories(resolve(base), studio.defaults.models)
  const temp = given.get('temp-directory')
  // ComfyUI takes the first of a comma list for IPv4 and the others for IPv6; we listen on one address.
  const host = settings.host.split(',')[0]!.trim()

  return {
    host,
    port: settings.port,
    directories: {
      ...layout,
      output: resolve(given.get('output-directory') ?? layout.output),
      input: resolve(given.get('input-directory') ?? layout.input),
      // As ComfyUI does: the directory is emptied at start, so never the given one itself.
      temp: temp === undefined ? layout.temp : resolve(temp, 'temp'),
      user: resolve(given.get('user-directory') ?? layout.user),
    },
    device: settings.device,
    cache: settings.cache as CacheSetting,
    maxUploadSize: Math.round(settings.maxUploadMegabytes * 1024 * 1024),
    corsOrigin: given.get('enable-cors-header') ?? null,
    multiUser: given.has('multi-user'),
    frontEndRoot: given.has('front-end-root') ? resolve(given.get('front-end-root')!) : null,
    metadata: !given.has('disable-metadata'),
    apiKeyHash: settings.STUDIO_API_KEY ? createHash('sha256').update(settings.STUDIO_API_KEY).digest('hex') : null,
    requireKey: !isLoopbackHost(host),
    argv: [...argv],
  }
}

/** True for the names and addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

function readFlags(argv: readonly string[]): Map<string, string> {
  const given = new Map<string, string>()
  const rest = [...argv]
  while (rest.length > 0) {
    const argument = rest.shift()!
    const match = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(argument)
    if (!match) throw new ConfigError(`unexpected argument ${argument}; --help lists the flags`)
    const [, name, inline] = match as unknown as [string, string, string | undefined]
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    const ignored = Object.hasOwn(ignoredFlags, name) ? ignoredFlags[name] : undefined
    if (!flag && !ignored) throw new ConfigError(`unknown flag --${name}; --help lists the flags`)

    const wants = flag?.value ?? ignored!
    const next = rest[0] !== undefined && !rest[0].startsWith('--') ? rest[0] : undefined
    let value = inline
    if (value === undefined && wants !== 'none' && next !== undefined) value = rest.shift()
    if (value === undefined && wants === 'required') throw new ConfigError(`--${name} needs a value`)
    if (flag) given.set(name, value ?? flag.implied ?? '')
  }
  return given
}

function cacheFlag(given: ReadonlyMap<string, string>): string | undefined {
  if (given.has('cache-none')) return 'none'
  if (given.has('cache-lru')) return given.get('cache-lru') === '0' ? 'fit' : `lru:${given.get('cache-lru')}`
  return given.has('cache-classic') ? 'classic' : undefined
}

function parseSettings(values: Record<string, string | undefined>) {
  const parsed = settingsSchema.safeParse(values)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new ConfigError(faults.join('; '))
}

function helpText(): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const placeholder = flag.placeholder ?? ''
    const shown = flag.value === 'optional' ? ` [${placeholder}]` : flag.value === 'required' ? ` ${placeholder}` : ''
    return [`--${name}${shown}`, flag.help]
  })
  const lines = (table: string[][]) => table.map(([name, help]) => `  ${name!.padEnd(30)}${help}`).join('\n')
  return [
    'The Pod Studio engine: a server that speaks the ComfyUI protocol.',
    '',
    'Flags',
    lines(rows),
    '',
    'Environment',
    lines(Object.entries(variableHelp)),
    '',
  ].join('\n')
}
