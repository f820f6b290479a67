/**
 * @file The web process's configuration: environment variables, parsed once into one frozen value. Reads no file and
 * starts nothing. The table here is what `--help` prints.
 */
import { resolve } from 'node:path'
import * as z from 'zod'

export interface Config {
  /** Absolute path of `STUDIO_DIR`. */
  studioDir: string
  /** Absolute path of the project: pages, bundles and shipped content lie below it. */
  projectRoot: string
  host: string
  /** 0 lets the system choose. */
  port: number
  /** The key given in the environment; it is never printed. */
  apiKey: string | null
  /** Origins (`https://host`) that browsers may come from, beside loopback. */
  publicOrigins: readonly string[]
  /** Whether `X-Forwarded-*` and `CF-Connecting-IP` come from a proxy of ours and not from the caller. */
  trustProxy: boolean
  quotaBytes: number | null
  maxUploadBytes: number
  maxUploadFiles: number
  logLevel: string
  /** Hosts that models may be downloaded from. */
  modelHosts: readonly string[]
  pod: { id: string | null; dataCentre: string | null; pricePerHour: number | null }
  engine: EngineConfig
}

/** Either an engine that is already there, or one that the supervisor starts. */
export type EngineConfig =
  | { kind: 'existing'; url: string; apiKey: string | null }
  | { kind: 'supervised'; host: string; port: number; apiKey: string | null }

/** A configuration that cannot be used; the message is for the person who started the studio. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema)
const bytes = z.coerce.number().int().positive()
const port = z.coerce.number().int().min(0).max(65_535)

const originList = z.string().transform((list, context) =>
  list.split(/[\s,]+/).flatMap((text) => {
    if (text === '') return []
    const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : null)
    if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username) {
      return [url.origin]
    }
    context.addIssue({ code: 'custom', message: `"${text}" is not an origin such as https://studio.example` })
    return []
  }),
)

const hostList = z.string().transform((list, context) =>
  list.split(/[\s,]+/).flatMap((text) => {
    const host = text.toLowerCase()
    if (host === '') return []
    if (/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(host)) return [host]
    context.addIssue({ code: 'custom', message: `"${text}" is not a host name such as huggingface.co` })
    return []
  }),
)

/** Name → how it is parsed and what `--help` says of it. */
const variables = {
  STUDIO_DIR: [z.string().default('./studio-data'), 'directory of all files (./studio-data)'],
  STUDIO_HOST: [z.string().default('127.0.0.1'), 'address to listen on (127.0.0.1)'],
  STUDIO_PORT: [port.default(3000), 'port to listen on (3000; 0 lets the system choose)'],
  STUDIO_API_KEY: [
    z.string().min(8).max(256).optional(),
    'the key, 8 to 256 characters (made at first start and printed once)',
  ],
  STUDIO_PUBLIC_ORIGINS: [
    originList.default([]),
    'comma list of origins browsers come from, beside loopback (on RunPod: its proxy address)',
  ],
  STUDIO_TRUST_PROXY: [
    z.enum(['auto', '0', '1']).default('auto'),
    '1 believes X-Forwarded-*; auto does so on RunPod (auto)',
  ],
  STUDIO_QUOTA_BYTES: [
    bytes.optional(),
    'how much STUDIO_DIR may hold; set it on network volumes, which hide their quota',
  ],
  STUDIO_MAX_UPLOAD_BYTES: [bytes.default(4 * 1024 ** 3), 'largest uploaded file (4 GiB)'],
  STUDIO_MAX_UPLOAD_FILES: [bytes.default(1000), 'most files of one upload request (1000)'],
  STUDIO_MODEL_HOSTS: [
    hostList.default(['huggingface.co', 'civitai.com', 'github.com']),
    'comma list of hosts models may be downloaded from (huggingface.co,civitai.com,github.com)',
  ],
  STUDIO_PRICE_PER_HOUR: [
    z.coerce.number().positive().max(10_000).optional(),
    'what the pod costs an hour in dollars, shown on its page; RunPod does not tell it',
  ],
  STUDIO_LOG_LEVEL: [
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('warn'),
    'fatal, error, warn, info, debug or silent (warn); the log goes to stderr',
  ],
  ENGINE_HOST: [z.string().default('127.0.0.1'), 'address the engine listens on (127.0.0.1)'],
  ENGINE_PORT: [port.default(8188), 'port the engine listens on (8188; 0 lets the system choose)'],
  ENGINE_URL: [z.url({ protocol: /^https?$/ }).optional(), 'use the engine at this address instead of starting one'],
  ENGINE_API_KEY: [z.string().max(256).optional(), 'key for the engine, when it is not on loopback (STUDIO_API_KEY)'],
  ENGINE_DEVICE: [z.string().optional(), 'auto, cpu or cuda (auto); read by the engine'],
  ENGINE_CACHE: [z.string().optional(), 'fit, classic, lru:N or none (fit); read by the engine'],
  RUNPOD_DC_ID: [z.string().max(64).optional(), 'set by RunPod: the data centre, shown on the Pod page'],
  RUNPOD_POD_ID: [
    z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/)
      .optional(),
    'set by RunPod: names the proxy address',
  ],
} as const satisfies Record<string, readonly [z.ZodType, string]>

type Settings = { [K in keyof typeof variables]: z.output<(typeof variables)[K][0]> }

const environmentSchema = z.object(
  Object.fromEntries(Object.entries(variables).map(([name, [schema]]) => [name, optional(schema)])),
)

/**
 * @param argv - arguments without node and script
 * @returns the configuration, or the text to print for `--help`
 * @throws ConfigError in words
 */
export function parseConfig(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  projectRoot: string,
): Config | { help: string } {
  if (argv.includes('--help') || argv.includes('-h')) return { help: helpText() }
  if (argv.length > 0) throw new ConfigError(`unexpected argument ${argv[0]}; --help lists the settings`)
  const parsed = environmentSchema.safeParse(environment)
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  }
  const settings = parsed.data as Settings
  return Object.freeze({
    studioDir: resolve(settings.STUDIO_DIR),
    projectRoot,
    host: settings.STUDIO_HOST,
    port: settings.STUDIO_PORT,
    apiKey: settings.STUDIO_API_KEY ?? null,
    publicOrigins: [...settings.STUDIO_PUBLIC_ORIGINS, ...runpodOrigins(settings)],
    trustProxy:
      settings.STUDIO_TRUST_PROXY === 'auto'
        ? settings.RUNPOD_POD_ID !== undefined
        : settings.STUDIO_TRUST_PROXY === '1',
    quotaBytes: settings.STUDIO_QUOTA_BYTES ?? null,
    maxUploadBytes: settings.STUDIO_MAX_UPLOAD_BYTES,
    maxUploadFiles: settings.STUDIO_MAX_UPLOAD_FILES,
    logLevel: settings.STUDIO_LOG_LEVEL,
    modelHosts: settings.STUDIO_MODEL_HOSTS,
    pod: {
      id: settings.RUNPOD_POD_ID ?? null,
      dataCentre: settings.RUNPOD_DC_ID ?? null,
      pricePerHour: settings.STUDIO_PRICE_PER_HOUR ?? null,
    },
    engine: engineConfig(settings),
  })
}

/** The pod's address at RunPod's proxy. The pod id changes when a pod moves, so this is computed at every start. */
function runpodOrigins({ RUNPOD_POD_ID, STUDIO_PORT }: Settings): string[] {
  return RUNPOD_POD_ID ? [`https://${RUNPOD_POD_ID.toLowerCase()}-${STUDIO_PORT}.proxy.runpod.net`] : []
}

function engineConfig(settings: Settings): EngineConfig {
  const apiKey = settings.ENGINE_API_KEY ?? null
  if (settings.ENGINE_URL) return { kind: 'existing', url: settings.ENGINE_URL.replace(/\/+$/, ''), apiKey }
  const loopback = isLoopbackHost(settings.ENGINE_HOST)
  if (!loopback && !settings.STUDIO_API_KEY) {
    throw new ConfigError('ENGINE_HOST is not loopback, so the engine demands the key: set STUDIO_API_KEY')
  }
  return {
    kind: 'supervised',
    host: settings.ENGINE_HOST,
    port: settings.ENGINE_PORT,
    apiKey: loopback ? null : (apiKey ?? settings.STUDIO_API_KEY ?? null),
  }
}

/** True for the names and addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

function helpText(): string {
  const rows = Object.entries(variables).map(([name, [, help]]) => `  ${name.padEnd(26)}${help}`)
  return ['Pod Studio. Start it with: npm start', '', 'Environment', ...rows, ''].join('\n')
}
