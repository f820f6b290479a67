/**
 * @file Tells an upscaler in a `.safetensors` file by its tensors' names and shapes: ESRGAN and its kin (RRDBNet, under
 * the three sets of names that are in use) and Real-ESRGAN's compact network. Files carry no other description.
 */
import { NodeError } from '../../nodes/define.ts'
import { nameContents } from '../name-contents.ts'
import { describeNetwork } from '../network/describe-network.ts'
import type { Layers } from '../network/layers.ts'
import { fileSource, type TensorSource } from '../network/tensor-source.ts'
import type { SafetensorsFile } from '../safetensors/read-safetensors.ts'
import type { NetworkSource } from '../store.ts'
import { buildCompact } from './build-compact.ts'
import { buildRrdb, type RrdbNames } from './build-rrdb.ts'

/** Training tools wrap the network's tensors. */
const prefixes = ['', 'params_ema.', 'params.', 'module.', 'netG.']

/** Small networks of convolutions: the layout that kernels like is worth the copy. */
const options = { layout: 'all', prepack: true, foldConstants: true } as const

/** @throws NodeError naming the file when it holds no upscaler that this engine knows, or more than one */
export function describeUpscaler(file: SafetensorsFile, device: string): NetworkSource {
  for (const prefix of prefixes) {
    const source = fileSource(file, { prefix })
    const found = detectRrdb(file, source, prefix) ?? detectCompact(file, source, prefix)
    if (!found) continue
    const description = { ...found, source: watch(source), device, options }
    const network = describeNetwork(description)
    return {
      ...network,
      build: async () => {
        const model = await network.build()
        description.source.requireAllUsed()
        return model
      },
    }
  }
  throw new NodeError(
    `${file.name} holds no upscaler that this engine knows: it reads ESRGAN (RRDBNet) and Real-ESRGAN's compact networks from .safetensors, others as ONNX.${nameContents(file)}`,
  )
}

interface Detected {
  kind: string
  config: unknown
  build(layers: Layers): void
}

function detectRrdb(file: SafetensorsFile, source: TensorSource, prefix: string): Detected | null {
  const has = (module: string) => source.has(`${module}.weight`)
  const names = nameSets.find((set) => has(set.first) && has(set.dense(0, 1, 1)))
  if (!names) return null
  const blocks = count((block) => has(names.dense(block, 1, 1)))
  const upsteps = names.upsteps(has)
  const shape = (module: string) => file.tensors.get(`${prefix}${module}.weight`)?.shape ?? []
  const first = shape(names.first)
  const last = shape(names.last(upsteps))
  const unshuffle = Math.sqrt((first[1] ?? 0) / 3)
  if (last[0] !== 3 || !Number.isInteger(unshuffle)) {
    throw new NodeError(`${file.name} makes ${last[0]} channels of ${first[1]}: only RGB upscalers are known here`)
  }
  const config = {
    names: names.id,
    features: first[0]!,
    growth: shape(names.dense(0, 1, 1))[0] ?? 0,
    blocks,
    upsteps,
    unshuffle,
  }
  return { kind: 'rrdb', config, build: (layers) => buildRrdb(layers, config, names) }
}

function detectCompact(file: SafetensorsFile, source: TensorSource, prefix: string): Detected | null {
  const shape = (place: number) => file.tensors.get(`${prefix}body.${place}.weight`)?.shape ?? []
  if (shape(0).length !== 4 || shape(1).length !== 1 || !source.has('body.0.bias')) return null
  const convolutions = count((index) => shape(2 * index).length === 4)
  const scale = Math.sqrt((shape(2 * (convolutions - 1))[0] ?? 0) / 3)
  if (shape(0)[1] !== 3 || !Number.isInteger(scale)) {
    throw new NodeError(`${file.name} is a compact upscaler of other channels than RGB, which is not known here`)
  }
  const config = { features: shape(0)[0]!, convolutions, scale }
  return { kind: 'compact', config, build: (layers) => buildCompact(layers, config) }
}

function count(has: (index: number) => boolean): number {
  let index = 0
  while (has(index)) index += 1
  return index
}

/** Notices what the network did not ask for: a tensor that has no place means another network than it seems. */
function watch(source: TensorSource): TensorSource & { requireAllUsed(): void } {
  const used = new Set<string>()
  const [file] = source.files
  return {
    ...source,
    find(key, shape) {
      const found = source.find(key, shape)
      if (found) used.add(found.name)
      return found
    },
    requireAllUsed() {
      const left = [...file!.tensors.keys()].find((name) => !used.has(name))
      if (left !== undefined) {
        throw new NodeError(`${file!.name} is an upscaler of a kind that is not known here: it has a tensor "${left}"`)
      }
    },
  }
}

const twoUps = (names: readonly [string, string]) => (has: (module: string) => boolean) =>
  names.filter((name) => has(name)).length

const nameSets: readonly (RrdbNames & { id: string; upsteps(has: (module: string) => boolean): number })[] = [
  {
    id: 'old',
    first: 'model.0',
    dense: (block, part, layer) => `model.1.sub.${block}.RDB${part}.conv${layer}.0`,
    trunk: (blocks) => `model.1.sub.${blocks}`,
    up: (step) => `model.${3 + 3 * step}`,
    high: (upsteps) => `model.${2 + 3 * upsteps}`,
    last: (upsteps) => `model.${4 + 3 * upsteps}`,
    // Places without tensors repeat pixels: the first step's convolution is the third, the last layer two on.
    upsteps: (has) => count((step) => has(`model.${3 + 3 * step}`)),
  },
  {
    id: 'new',
    first: 'conv_first',
    dense: (block, part, layer) => `body.${block}.rdb${part}.conv${layer}`,
    trunk: () => 'conv_body',
    up: (step) => `conv_up${step + 1}`,
    high: () => 'conv_hr',
    last: () => 'conv_last',
    upsteps: twoUps(['conv_up1', 'conv_up2']),
  },
  {
    id: 'bsrgan',
    first: 'conv_first',
    dense: (block, part, layer) => `RRDB_trunk.${block}.RDB${part}.conv${layer}`,
    trunk: () => 'trunk_conv',
    up: (step) => `upconv${step + 1}`,
    high: () => 'HRconv',
    last: () => 'conv_last',
    upsteps: twoUps(['upconv1', 'upconv2']),
  },
]
