/**
 * @file The flags that the engine is started with: ComfyUI's own, so that a script that starts ComfyUI starts this
 * engine. Those that mean something here, and those that tune PyTorch: accepted, and the log says that they change nothing.
 * Reads the command line; what the values mean is `config.ts`.
 */

/** A command line that cannot be understood; the message is for the person who started the engine. */
export class FlagError extends Error {
  override name = 'FlagError'
}

export interface Flag {
  /** `optional`: the value may be left out, then `implied` stands for it. `several`: one value or more. */
  value: 'none' | 'required' | 'optional' | 'several'
  implied?: string
  help: string
  placeholder?: string
}

/** Flags that act. */
export const actingFlags: Readonly<Record<string, Flag>> = {
  listen: {
    value: 'optional',
    implied: '0.0.0.0,::',
    placeholder: 'HOST,...',
    help: 'addresses to listen on (127.0.0.1; without a value all of this machine)',
  },
  port: { value: 'required', placeholder: 'N', help: 'port to listen on (8188; 0 lets the system choose)' },
  'tls-keyfile': { value: 'required', placeholder: 'FILE', help: 'key of the certificate: answer over https' },
  'tls-certfile': { value: 'required', placeholder: 'FILE', help: 'certificate (PEM) for https' },
  'enable-cors-header': {
    value: 'optional',
    implied: '*',
    placeholder: 'ORIGIN',
    help: 'answer with CORS headers (*)',
  },
  'max-upload-size': { value: 'required', placeholder: 'MB', help: 'largest request body in MB (100)' },
  'base-directory': { value: 'required', placeholder: 'DIR', help: "ComfyUI's layout below DIR instead of STUDIO_DIR" },
  'extra-model-paths-config': {
    value: 'several',
    placeholder: 'FILE',
    help: 'YAML files that name more model directories',
  },
  'output-directory': { value: 'required', placeholder: 'DIR', help: 'where results go' },
  'temp-directory': { value: 'required', placeholder: 'DIR', help: 'temporary files; a directory temp is made in it' },
  'input-directory': { value: 'required', placeholder: 'DIR', help: 'where uploads lie' },
  'user-directory': { value: 'required', placeholder: 'DIR', help: 'settings and user data' },
  'database-url': { value: 'required', placeholder: 'URL', help: 'sqlite:///FILE: where the asset catalogue lies' },
  'enable-assets': { value: 'none', help: 'serve the assets API (so it is without this flag)' },
  'disable-assets': { value: 'none', help: 'answer the assets API with SERVICE_DISABLED (not one of ComfyUI)' },
  'cuda-device': { value: 'required', placeholder: 'ID,...', help: 'GPUs that may be used (CUDA_VISIBLE_DEVICES)' },
  cpu: { value: 'none', help: 'compute on the CPU' },
  'reserve-vram': {
    value: 'required',
    placeholder: 'GB',
    help: "GB of the device's memory that models leave to others (a GPU: 0.4)",
  },
  lowvram: { value: 'none', help: 'keep one model open at a time' },
  novram: { value: 'none', help: 'as --lowvram' },
  'disable-smart-memory': { value: 'none', help: 'as --lowvram' },
  'preview-method': {
    value: 'required',
    placeholder: 'METHOD',
    help: 'none: no previews unless a prompt asks; latent2rgb: colours; taesd, auto: models/vae_approx where it is there (auto)',
  },
  'preview-size': { value: 'required', placeholder: 'PIXELS', help: 'longest side of a preview (512)' },
  'cache-classic': { value: 'none', help: "keep the last prompt's results" },
  'cache-lru': { value: 'required', placeholder: 'N', help: 'keep the results of the N nodes used last (0: all)' },
  'cache-none': { value: 'none', help: 'keep no results' },
  'cache-ram': {
    value: 'optional',
    implied: '',
    placeholder: 'GB',
    help: 'keep all results that fit in memory (so it is without a cache flag; the bound is our own)',
  },
  'disable-all-custom-nodes': { value: 'none', help: 'load no node packs but those of the next flag' },
  'whitelist-custom-nodes': { value: 'several', placeholder: 'NAME', help: 'node packs to load all the same' },
  'disable-metadata': { value: 'none', help: 'write no graph into saved files' },
  'multi-user': { value: 'none', help: 'settings and user data per user' },
  verbose: {
    value: 'optional',
    implied: 'DEBUG',
    placeholder: 'LEVEL',
    help: 'print DEBUG, INFO (default), WARNING, ERROR or CRITICAL and above',
  },
  'log-stdout': { value: 'none', help: 'print the log to stdout in place of stderr' },
  'dont-print-server': { value: 'none', help: 'print no log; it stays readable at /internal/logs' },
  'front-end-root': { value: 'required', placeholder: 'DIR', help: 'directory of a web front end' },
  'enable-compress-response-body': { value: 'none', help: 'answer JSON and text with gzip to clients that take it' },
  'quick-test-for-ci': { value: 'none', help: 'stop with 0 as soon as the engine listens' },
  help: { value: 'none', help: 'this text' },
}

const reasons = {
  torch: 'it tunes PyTorch, and models run on onnxruntime here',
  memory: 'models are loaded and let go as memory allows',
  page: 'there is no page here that could be opened',
  frontend: 'no web front end is fetched; --front-end-root serves one',
  hosted: 'there are no nodes of hosted services',
  manager: 'there is no manager of node packs',
  identical: 'identical uploads are found by BLAKE3 always',
} as const

/** Flags of ComfyUI that change nothing here, each with its value and the reason. */
export const idleFlags: Readonly<Record<string, { value: Flag['value']; why: string }>> = Object.fromEntries([
  ...idle('none', reasons.page, 'auto-launch', 'disable-auto-launch', 'windows-standalone-build'),
  ...idle('required', reasons.frontend, 'front-end-version'),
  ...idle('required', reasons.identical, 'default-hashing-function'),
  ...idle('none', reasons.hosted, 'disable-api-nodes'),
  ...idle('required', reasons.hosted, 'comfy-api-base'),
  ...idle('none', reasons.manager, 'enable-manager', 'disable-manager-ui', 'enable-manager-legacy-ui'),
  ...idle('required', 'the device is chosen by --cuda-device or --cpu', 'default-device', 'oneapi-device-selector'),
  ...idle('optional', 'there is no DirectML here', 'directml'),
  ...idle(
    'none',
    reasons.memory,
    ...['gpu-only', 'highvram', 'normalvram', 'disable-pinned-memory'],
    ...['disable-async-offload', 'disable-dynamic-vram', 'enable-dynamic-vram', 'force-non-blocking'],
    ...['mmap-torch-files', 'disable-mmap'],
  ),
  ...idle('optional', reasons.memory, 'async-offload'),
  ...idle(
    'none',
    reasons.torch,
    ...['cuda-malloc', 'disable-cuda-malloc', 'force-fp32', 'force-fp16', 'force-channels-last'],
    ...['fp32-unet', 'fp64-unet', 'bf16-unet', 'fp16-unet', 'fp8_e4m3fn-unet', 'fp8_e5m2-unet', 'fp8_e8m0fnu-unet'],
    ...['fp16-vae', 'fp32-vae', 'bf16-vae', 'cpu-vae', 'fp16-intermediates', 'supports-fp8-compute'],
    ...['fp8_e4m3fn-text-enc', 'fp8_e5m2-text-enc', 'fp16-text-enc', 'fp32-text-enc', 'bf16-text-enc'],
    ...['use-split-cross-attention', 'use-quad-cross-attention', 'use-pytorch-cross-attention'],
    ...['use-sage-attention', 'use-flash-attention', 'disable-xformers', 'force-upcast-attention'],
    ...['dont-upcast-attention', 'disable-ipex-optimize', 'deterministic'],
  ),
  // Its values are optional and several: `--fast fp16_accumulation cublas_ops`.
  ...idle('several', reasons.torch, 'fast'),
])

function idle(value: Flag['value'], why: string, ...names: string[]) {
  return names.map((name) => [name, { value, why }] as const)
}

export interface GivenFlags {
  /** Flag → its values; empty for one without. The last of a repeated flag counts, except for `several`. */
  values: ReadonlyMap<string, readonly string[]>
  /** Flags that were given and change nothing. */
  idle: readonly { name: string; why: string }[]
}

/** @throws FlagError for what is no flag, an unknown one, and one without the value it needs */
export function readFlags(argv: readonly string[]): GivenFlags {
  const values = new Map<string, readonly string[]>()
  const changesNothing: { name: string; why: string }[] = []
  const rest = [...argv]
  while (rest.length > 0) {
    const argument = rest.shift()!
    const match = /^--([a-z][a-z0-9_-]*)(?:=(.*))?$/s.exec(argument)
    if (!match) throw new FlagError(`unexpected argument ${argument}; --help lists the flags`)
    const [, name, inline] = match as unknown as [string, string, string | undefined]
    const acting = Object.hasOwn(actingFlags, name) ? actingFlags[name] : undefined
    const idleFlag = Object.hasOwn(idleFlags, name) ? idleFlags[name] : undefined
    if (!acting && !idleFlag) throw new FlagError(`unknown flag --${name}; --help lists the flags`)
    const given = takeValues(name, acting?.value ?? idleFlag!.value, inline, rest)
    if (acting === undefined) changesNothing.push({ name, why: idleFlag!.why })
    else {
      const earlier = acting.value === 'several' ? (values.get(name) ?? []) : []
      values.set(name, [...earlier, ...(given.length > 0 ? given : implied(acting))])
    }
  }
  return { values, idle: changesNothing }
}

function implied({ implied: value }: Flag): string[] {
  return value === undefined ? [] : [value]
}

/** Takes a flag's values off the rest of the command line. */
function takeValues(name: string, kind: Flag['value'], inline: string | undefined, rest: string[]): string[] {
  if (kind === 'none') {
    if (inline !== undefined) throw new FlagError(`--${name} takes no value`)
    return []
  }
  const given = inline === undefined ? [] : [inline]
  const isValue = () => rest[0] !== undefined && !rest[0].startsWith('--')
  while (isValue() && (given.length === 0 || (kind === 'several' && inline === undefined))) given.push(rest.shift()!)
  const isNeeded = kind === 'required' || (kind === 'several' && Object.hasOwn(actingFlags, name))
  if (given.length === 0 && isNeeded) throw new FlagError(`--${name} needs a value`)
  return given
}

/** Rows for `--help`. */
export function describeFlags(): [flag: string, help: string][] {
  return Object.entries(actingFlags).map(([name, flag]) => {
    const placeholder = flag.placeholder ?? ''
    const shown = {
      none: '',
      optional: ` [${placeholder}]`,
      required: ` ${placeholder}`,
      several: ` ${placeholder}...`,
    }
    return [`--${name}${shown[flag.value]}`, flag.help]
  })
}
