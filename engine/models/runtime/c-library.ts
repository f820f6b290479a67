/**
 * @file The C interface of the runtime's shared library, the one that comes inside of onnxruntime-node, called directly.
 * The Node binding computes on the JavaScript thread, cannot be interrupted and knows none of CUDA's options; the C
 * interface has all three (decision 012).
 *
 * Functions are taken from `struct OrtApi` by their position. The table only ever grows at its end (the header says so),
 * so positions hold for every version from the one they are asked for on.
 * @see https://onnxruntime.ai/docs/api/c/struct_ort_api.html
 */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import koffi from 'koffi'

/** The version of the table that is asked for; older than every library in use, and has all that is used here. */
const apiVersion = 23

/** The native function runs on a stack of koffi's: optimizing a large graph recurses deeply. */
const asyncStackBytes = 8 * 1024 * 1024

/** Position in the table, what it gives back, what it takes. A status is null when all went well. */
const signatures = {
  GetErrorMessage: [2, 'const char *', ['void *']],
  CreateEnv: [3, 'void *', ['int', 'const char *', 'void *']],
  DisableTelemetryEvents: [6, 'void *', ['void *']],
  CreateSession: [7, 'void *', ['void *', 'const char *', 'void *', 'void *']],
  CreateSessionFromArray: [8, 'void *', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  Run: [9, 'void *', ['void *', 'void *', 'void *', 'void *', 'size_t', 'void *', 'size_t', 'void *']],
  CreateSessionOptions: [10, 'void *', ['void *']],
  DisableMemPattern: [17, 'void *', ['void *']],
  SetSessionLogSeverityLevel: [22, 'void *', ['void *', 'int']],
  SetSessionGraphOptimizationLevel: [23, 'void *', ['void *', 'int']],
  SetIntraOpNumThreads: [24, 'void *', ['void *', 'int']],
  SessionGetInputCount: [30, 'void *', ['void *', 'void *']],
  SessionGetOutputCount: [31, 'void *', ['void *', 'void *']],
  SessionGetInputTypeInfo: [33, 'void *', ['void *', 'size_t', 'void *']],
  SessionGetOutputTypeInfo: [34, 'void *', ['void *', 'size_t', 'void *']],
  SessionGetInputName: [36, 'void *', ['void *', 'size_t', 'void *', 'void *']],
  SessionGetOutputName: [37, 'void *', ['void *', 'size_t', 'void *', 'void *']],
  CreateRunOptions: [39, 'void *', ['void *']],
  RunOptionsSetTerminate: [46, 'void *', ['void *']],
  CreateTensorWithDataAsOrtValue: [49, 'void *', ['void *', 'void *', 'size_t', 'void *', 'size_t', 'int', 'void *']],
  GetTensorMutableData: [51, 'void *', ['void *', 'void *']],
  CastTypeInfoToTensorInfo: [55, 'void *', ['void *', 'void *']],
  GetTensorElementType: [60, 'void *', ['void *', 'void *']],
  GetDimensionsCount: [61, 'void *', ['void *', 'void *']],
  GetDimensions: [62, 'void *', ['void *', 'void *', 'size_t']],
  GetSymbolicDimensions: [63, 'void *', ['void *', 'void *', 'size_t']],
  GetTensorTypeAndShape: [65, 'void *', ['void *', 'void *']],
  CreateCpuMemoryInfo: [69, 'void *', ['int', 'int', 'void *']],
  AllocatorFree: [76, 'void *', ['void *', 'void *']],
  GetAllocatorWithDefaultOptions: [78, 'void *', ['void *']],
  ReleaseStatus: [93, 'void', ['void *']],
  ReleaseSession: [95, 'void', ['void *']],
  ReleaseValue: [96, 'void', ['void *']],
  ReleaseRunOptions: [97, 'void', ['void *']],
  ReleaseTypeInfo: [98, 'void', ['void *']],
  ReleaseTensorTypeAndShapeInfo: [99, 'void', ['void *']],
  ReleaseSessionOptions: [100, 'void', ['void *']],
  AddSessionConfigEntry: [130, 'void *', ['void *', 'const char *', 'const char *']],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, 'void *', ['void *', 'void *']],
  CreateCUDAProviderOptions: [205, 'void *', ['void *']],
  UpdateCUDAProviderOptions: [206, 'void *', ['void *', 'void *', 'void *', 'size_t']],
  ReleaseCUDAProviderOptions: [208, 'void', ['void *']],
} as const satisfies Record<string, readonly [number, string, readonly string[]]>

type Name = keyof typeof signatures
/** An address, 0n for none. */
export type Address = bigint
type Argument = Address | number | string | ArrayBufferView | null

interface NativeFunction {
  (...values: Argument[]): unknown
  async(...valuesAndCallback: unknown[]): void
}

export interface CLibrary {
  /** Keeps the library where it is. */
  loaded: unknown
  /** As the library says of itself, `1.30.0`. */
  version: string
  /**
   * Calls a function that cannot fail, or whose result is not a status.
   * @returns whatever it returns
   */
  plain(name: Name, ...values: Argument[]): unknown
  /** @throws Error with the library's words when the status says so */
  call(name: Name, ...values: Argument[]): void
  /**
   * The same on another thread.
   * @param held - whatever the function reads or writes beside its arguments: kept from the collector until it is done
   */
  callAsync(name: Name, values: readonly Argument[], held: readonly unknown[]): Promise<void>
  /** Calls a function whose last parameter takes the address of its result. */
  create(name: Name, ...values: Argument[]): Address
}

/**
 * Opens the library and its table.
 * @throws Error when this platform has none, it is another version than the package says, or it cannot be called
 */
export function openCLibrary(): CLibrary {
  const { path, packageVersion } = findLibrary()
  // Only before the first library is loaded; the setting is the process's.
  if (koffi.config().async_stack_size !== asyncStackBytes) koffi.config({ async_stack_size: asyncStackBytes })
  // Held for as long as anything calls through the table: a library that is collected is unloaded.
  const loaded = koffi.load(path)
  const base = loaded.func('OrtGetApiBase', 'void *', [])() as Address
  const getApi = functionAt(base, 0, 'void *', ['uint32_t'])
  const version = functionAt(base, 1, 'const char *', [])() as string
  // Calling through a table of another shape would crash, so what it says of itself must be what was installed.
  if (version !== packageVersion) throw new Error(`the runtime is ${version}, its package ${packageVersion}`)
  const table = getApi(apiVersion) as Address | null
  if (!table) throw new Error(`the runtime ${version} has no interface of version ${apiVersion}`)

  const functions = new Map<Name, NativeFunction>()
  for (const name of Object.keys(signatures) as Name[]) {
    const [position, result, parameters] = signatures[name]
    functions.set(name, functionAt(table, position, result, parameters))
  }
  const plain: CLibrary['plain'] = (name, ...values) => functions.get(name)!(...values)
  const check = (status: unknown) => {
    if (status === null || status === 0n) return
    const message = plain('GetErrorMessage', status as Address) as string
    plain('ReleaseStatus', status as Address)
    throw new Error(message)
  }
  return {
    loaded,
    version,
    plain,
    call: (name, ...values) => check(plain(name, ...values)),
    callAsync: (name, values, held) =>
      new Promise((resolve, reject) => {
        // The library's thread has bare addresses, which the collector does not see: the callback, which lives as long as
        // the call, holds what they point to.
        const memory = [values, held]
        functions.get(name)!.async(...values, (error: Error | null, status: unknown) => {
          memory.length = 0
          try {
            if (error) throw error
            check(status)
            resolve()
          } catch (failure) {
            reject(failure)
          }
        })
      }),
    create(name, ...values) {
      const result = new BigUint64Array(1)
      check(plain(name, ...values, result))
      return result[0]!
    },
  }
}

/** Reads the function pointer at a position of a table. */
function functionAt(table: Address, position: number, result: string, parameters: readonly string[]): NativeFunction {
  const pointer = koffi.decode(table, position * 8, 'void *') as Address
  return koffi.decode(pointer, koffi.proto(result, [...parameters])) as NativeFunction
}

function findLibrary(): { path: string; packageVersion: string } {
  // Windows spells paths in UTF-16 for this interface; no pod runs it.
  if (process.platform === 'win32') throw new Error('not on Windows')
  const require = createRequire(import.meta.url)
  const packageFile = require.resolve('onnxruntime-node/package.json')
  const packageVersion = (require('onnxruntime-node/package.json') as { version: string }).version
  const directory = join(dirname(packageFile), 'bin', 'napi-v6', process.platform, process.arch)
  const names = existsSync(directory) ? readdirSync(directory) : []
  const name = names.find((file) => /^libonnxruntime\.(so\.1|\d+\.\d+\.\d+\.dylib)$/.test(file))
  if (!name) throw new Error(`no runtime for ${process.platform} ${process.arch}`)
  return { path: join(directory, name), packageVersion }
}

/** Text as C reads it. */
export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8')
}

/**
 * A list of texts as C reads it: their addresses, and behind these, in the same memory, the texts. Whoever holds the
 * result holds them all.
 */
export function cStrings(texts: readonly string[]): BigUint64Array {
  const encoded = texts.map(cString)
  const addressBytes = texts.length * BigUint64Array.BYTES_PER_ELEMENT
  const memory = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, addressBytes))
  const addresses = new BigUint64Array(memory.buffer, 0, texts.length)
  const start = addressOf(memory)
  let offset = addressBytes
  for (const [index, text] of encoded.entries()) {
    memory.set(text, offset)
    addresses[index] = start + BigInt(offset)
    offset += text.length
  }
  return addresses
}

/** Where a buffer's bytes are. They stay there as long as the buffer is held. */
export function addressOf(buffer: ArrayBufferView): Address {
  // Asking for `buffer` moves a small array out of the engine's own heap, where it could be moved again.
  void buffer.buffer
  return koffi.address(buffer)
}

/** Copies bytes out of native memory. */
export function copyBytes(address: Address, length: number): ArrayBuffer {
  return length === 0 ? new ArrayBuffer(0) : koffi.view(address, length).slice(0)
}

/** Text at an address, up to its NUL. */
export function readText(address: Address): string {
  return koffi.decode.string(address)
}
