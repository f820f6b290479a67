/**
 * @file The runtime through its C interface: sessions open and run on other threads, so the event loop stays free, and an
 * aborted run ends within milliseconds while its session stays usable.
 */
import { Tensor } from 'onnxruntime-common'
import {
  type Address,
  addressOf,
  type CLibrary,
  copyBytes,
  cString,
  cStrings,
  openCLibrary,
  readText,
} from './c-library.ts'
import { appendCuda } from './cuda-options.ts'
import { elementTypes, typedArrayOf } from './element-types.ts'
import type { Dimension, Runtime, RuntimeSession, SessionSettings, ValueFacts } from './session.ts'

const logErrorsOnly = 3
const optimizationLevels = { disabled: 0, basic: 1, extended: 2, all: 99 } as const
const deviceAllocator = 0
const defaultMemory = 0

/** @throws Error when this platform's library cannot be called */
export function createCRuntime(): Runtime {
  const library = openCLibrary()
  const name = cString('pod-studio')
  const environment = library.create('CreateEnv', logErrorsOnly, name)
  library.call('DisableTelemetryEvents', environment)
  const cpuMemory = library.create('CreateCpuMemoryInfo', deviceAllocator, defaultMemory)
  const allocator = library.create('GetAllocatorWithDefaultOptions')
  return {
    interruptible: true,
    async open(model, settings) {
      const options = createOptions(library, settings)
      try {
        const session = await createSession(library, environment, model, options)
        return openedSession({ library, session, cpuMemory, allocator })
      } finally {
        library.plain('ReleaseSessionOptions', options)
      }
    },
  }
}

function createOptions(library: CLibrary, settings: SessionSettings): Address {
  const options = library.create('CreateSessionOptions')
  try {
    library.call('SetSessionLogSeverityLevel', options, logErrorsOnly)
    library.call('SetIntraOpNumThreads', options, settings.threads)
    library.call('SetSessionGraphOptimizationLevel', options, optimizationLevels[settings.optimization ?? 'all'])
    // Measured with CUnet on tiles of 192: without the pattern planner a run holds 180 MB in place of 300, as fast.
    library.call('DisableMemPattern', options)
    for (const [key, value] of Object.entries(settings.config ?? {})) {
      library.call('AddSessionConfigEntry', options, key, value)
    }
    const cuda = /^cuda(?::(\d+))?$/.exec(settings.device)
    if (cuda) appendCuda(library, options, Number(cuda[1] ?? 0))
    return options
  } catch (error) {
    library.plain('ReleaseSessionOptions', options)
    throw error
  }
}

async function createSession(
  library: CLibrary,
  environment: Address,
  model: string | Uint8Array,
  options: Address,
): Promise<Address> {
  const result = new BigUint64Array(1)
  if (typeof model === 'string') {
    await library.callAsync('CreateSession', [environment, model, options, result], [])
  } else {
    await library.callAsync('CreateSessionFromArray', [environment, model, model.byteLength, options, result], [])
  }
  return result[0]!
}

interface OpenedParts {
  library: CLibrary
  session: Address
  cpuMemory: Address
  allocator: Address
}

function openedSession(parts: OpenedParts): RuntimeSession {
  const { library, session } = parts
  const inputs = readValues(parts, 'Input')
  const outputs = readValues(parts, 'Output')
  let released = false
  return {
    inputs,
    outputs,
    async run(feeds, fetches = outputs.map(({ name }) => name), { signal } = {}) {
      if (released) throw new Error('the session is closed')
      const unknown = Object.keys(feeds).find((name) => !inputs.some((input) => input.name === name))
      if (unknown !== undefined) throw new Error(`the model has no input ${unknown}`)
      return runOnce(parts, feeds, fetches, signal)
    },
    async release() {
      if (released) return
      released = true
      library.plain('ReleaseSession', session)
    },
  }
}

async function runOnce(
  { library, session, cpuMemory }: OpenedParts,
  feeds: Record<string, Tensor>,
  fetches: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Record<string, Tensor>> {
  signal?.throwIfAborted()
  const runOptions = library.create('CreateRunOptions')
  const terminate = () => library.call('RunOptionsSetTerminate', runOptions)
  const values: Address[] = []
  const results = new BigUint64Array(fetches.length)
  try {
    for (const tensor of Object.values(feeds)) values.push(createValue(library, cpuMemory, tensor))
    const inputNames = cStrings(Object.keys(feeds))
    const outputNames = cStrings(fetches)
    const inputValues = BigUint64Array.from(values)
    signal?.addEventListener('abort', terminate, { once: true })
    const inputs = [inputNames, inputValues, values.length] as const
    const outputs = [outputNames, fetches.length, results] as const
    await library.callAsync('Run', [session, runOptions, ...inputs, ...outputs], [feeds])
    return Object.fromEntries(fetches.map((name, index) => [name, readTensor(library, results[index]!)]))
  } finally {
    signal?.removeEventListener('abort', terminate)
    for (const value of [...values, ...results]) if (value !== 0n) library.plain('ReleaseValue', value)
    library.plain('ReleaseRunOptions', runOptions)
  }
}

/** A value over the tensor's own memory, which is not copied. */
function createValue(library: CLibrary, cpuMemory: Address, tensor: Tensor): Address {
  const type = elementTypes[tensor.type as keyof typeof elementTypes]
  const { data } = tensor
  if (type === undefined || !ArrayBuffer.isView(data))
    throw new Error(`inputs of type ${tensor.type} are not supported`)
  const shape = BigInt64Array.from(tensor.dims, BigInt)
  return library.create(
    'CreateTensorWithDataAsOrtValue',
    cpuMemory,
    addressOf(data),
    data.byteLength,
    shape,
    shape.length,
    type.code,
  )
}

function readTensor(library: CLibrary, value: Address): Tensor {
  const facts = library.create('GetTensorTypeAndShape', value)
  try {
    const { type, shape } = readShape(library, facts)
    const count = shape.reduce<number>((product, size) => product * (size as number), 1)
    const { bytes } = elementTypes[type]
    const data = copyBytes(library.create('GetTensorMutableData', value), count * bytes)
    return new Tensor(type, typedArrayOf(type, data) as never, shape as number[])
  } finally {
    library.plain('ReleaseTensorTypeAndShapeInfo', facts)
  }
}

function readValues({ library, session, allocator }: OpenedParts, side: 'Input' | 'Output'): ValueFacts[] {
  const count = Number(library.create(`SessionGet${side}Count`, session))
  return Array.from({ length: count }, (_, index) => {
    const text = library.create(`SessionGet${side}Name`, session, index, allocator)
    const name = readText(text)
    library.call('AllocatorFree', allocator, text)
    const typeInfo = library.create(`SessionGet${side}TypeInfo`, session, index)
    const tensorInfo = library.create('CastTypeInfoToTensorInfo', typeInfo)
    const shape = tensorInfo === 0n ? [] : readShape(library, tensorInfo).shape
    library.plain('ReleaseTypeInfo', typeInfo)
    return { name, shape }
  })
}

function readShape(
  library: CLibrary,
  facts: Address,
): { type: keyof typeof elementTypes; shape: readonly Dimension[] } {
  const code = new Int32Array(1)
  library.call('GetTensorElementType', facts, code)
  const type = (Object.keys(elementTypes) as (keyof typeof elementTypes)[]).find(
    (name) => elementTypes[name].code === code[0],
  )
  if (!type) throw new Error(`values of element type ${code[0]} are not supported`)
  const count = Number(library.create('GetDimensionsCount', facts))
  if (count === 0) return { type, shape: [] }
  const sizes = new BigInt64Array(count)
  const names = new BigUint64Array(count)
  library.call('GetDimensions', facts, sizes, count)
  library.call('GetSymbolicDimensions', facts, names, count)
  // A size that each run decides is -1 and may have a name.
  const shape = Array.from(sizes, (size, axis) => (size >= 0n ? Number(size) : readText(names[axis]!)))
  return { type, shape }
}
