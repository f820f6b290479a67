/**
 * @file The UNet as samplers use it: predicts noise (or velocity) for a batch. Opens at the first prediction; changes of
 * LoRA strength reopen nothing.
 */
import type { Tensor } from 'onnxruntime-common'
import { NodeError } from '../../../nodes/define.ts'
import { describeNetwork } from '../../network/describe-network.ts'
import type { Layers } from '../../network/layers.ts'
import { type AppliedLora, loraBranches, strengthFeeds } from '../../network/lora/branches.ts'
import type { TensorSource } from '../../network/tensor-source.ts'
import type { Precision } from '../../network/weight-provider.ts'
import { createFloatTensor } from '../../runtime/tensor.ts'
import type { ModelStore, NetworkSession } from '../../store.ts'
import { type FeatureMap, fromTensor, toTensor } from '../feature-map.ts'
import { adapterPlaces, buildUNet, type UNetVariant } from './build-unet.ts'
import { inputBlocks, type UNetConfig } from './config.ts'
import { type FreeU, freeUFeeds } from './free-u.ts'
import { unetModuleNames } from './names.ts'
import { lightenUNet, unetWorkingBytes } from './working-bytes.ts'

/** What ControlNets and T2I-Adapters add, by the name of the UNet's input: `control_3`, `adapter_middle`. */
export type Additions = ReadonlyMap<string, FeatureMap>

export interface UNetRequest {
  /** Latents, scaled as the network was trained on (see the sampler), all with one size. */
  x: Float32Array
  /** Batch, channels (with those of an inpainting mask and picture), height, width. */
  shape: FeatureMap['shape']
  /** One per picture, 0 to 999; fractions are fine. */
  timesteps: Float32Array
  /** Text conditioning. */
  context: Float32Array
  contextShape: readonly [batch: number, tokens: number, width: number]
  /** SDXL's label vectors, one after another. */
  y?: Float32Array
  /** Batch as `x`, or 1 for all. */
  additions?: Additions
  /** What other steps of the run may add: the network that takes it is opened at once, in place of two. */
  addable?: readonly AdditionKind[]
}

export type AdditionKind = 'control' | 'adapter'

export interface UNet {
  config: UNetConfig
  /** File name, for messages. */
  label: string
  loras: readonly AppliedLora[]
  /**
   * @returns the network's raw output `[batch, outChannels, height, width]`
   * @throws NodeError when something does not fit the network, or memory lacks
   */
  predict(request: UNetRequest): Promise<Float32Array>
  /**
   * @param shape - of the latents to come
   * @throws NodeError (`OutOfMemoryError`) when the device could never hold such a prediction
   */
  requireRoom(shape: UNetRequest['shape']): Promise<void>
  /** The same network with these LoRAs in place of its own. */
  withLoras(loras: readonly AppliedLora[]): UNet
  /** The same network with one more FreeU, applied after those that it has. */
  withFreeU(freeU: FreeU): UNet
}

export interface UNetOptions {
  store: ModelStore
  source: TensorSource
  config: UNetConfig
  /** @default half on a GPU, single on the CPU */
  precision?: Precision
  loras?: readonly AppliedLora[]
  freeU?: readonly FreeU[]
}

export function createUNet(options: UNetOptions): UNet {
  const { store, source, config, precision, loras = [], freeU = [] } = options
  const variants = new Map<string, NetworkSession>()
  const branches = loras.length > 0 ? loraBranches(loras, unetModuleNames(config)) : undefined
  /** Once something was added, the network that takes additions stays in use: two would take twice the memory. */
  const variant: UNetVariant = { control: false, adapter: false, freeU: freeU.map(({ version }) => version) }

  function session(): NetworkSession {
    const key = JSON.stringify(variant)
    let known = variants.get(key)
    if (!known) {
      const chosen = { ...variant }
      known = store.network(
        describeNetwork({
          kind: 'unet',
          part: 'UNet',
          workingBytes: ({ x }) => unetWorkingBytes(config, x!),
          memoryAdvice: lightenUNet,
          config: { ...config, ...chosen },
          source,
          device: store.device,
          precision: precision ?? (store.device === 'cpu' ? 'float32' : 'float16'),
          ...(branches && { branches }),
          build: (layers: Layers) => buildUNet(layers, config, chosen),
        }),
      )
      variants.set(key, known)
    }
    return known
  }

  return {
    config,
    label: source.label,
    loras,
    async predict(request) {
      checkRequest(request, config, source.label)
      const names = [...(request.additions?.keys() ?? [])]
      for (const kind of ['control', 'adapter'] as const) {
        variant[kind] ||= request.addable?.includes(kind) || names.some((name) => name.startsWith(`${kind}_`))
      }
      const { out } = await session().run(
        {
          x: createFloatTensor(request.x, request.shape),
          timesteps: createFloatTensor(request.timesteps, [request.shape[0]]),
          context: createFloatTensor(request.context, request.contextShape),
          ...(config.labelWidth !== null && {
            y: createFloatTensor(request.y!, [request.shape[0], config.labelWidth]),
          }),
          ...additionFeeds(config, variant, request.additions ?? new Map()),
          ...strengthFeeds(loras),
          ...freeUFeeds(freeU),
        },
        ['out'],
      )
      return fromTensor(out).data
    },
    requireRoom: (shape) => session().requireRoom({ x: shape }),
    withLoras: (others) => createUNet({ ...options, loras: others }),
    withFreeU: (further) => createUNet({ ...options, freeU: [...freeU, further] }),
  }
}

function checkRequest(request: UNetRequest, config: UNetConfig, label: string): void {
  const [batch, channels, height, width] = request.shape
  if (channels !== config.inChannels) {
    const kind =
      { 8: 'is an editing model that', 9: 'is an inpainting model that' }[config.inChannels] ?? 'samples latents and'
    throw new NodeError(
      `${label} ${kind} takes ${config.inChannels} channels, and ${channels} were given: take the VAE that belongs to the model`,
    )
  }
  const fits =
    request.x.length === batch * channels * height * width &&
    request.timesteps.length === batch &&
    request.contextShape[0] === batch
  if (!fits) throw new RangeError('a batch whose parts are of different lengths')
  if (request.contextShape[2] !== config.contextWidth) {
    throw new NodeError(
      `The text conditioning has a width of ${request.contextShape[2]}, and ${label} takes ${config.contextWidth}: encode the text with the text encoder that belongs to the model`,
    )
  }
  if (config.labelWidth !== null && request.y?.length !== batch * config.labelWidth) {
    throw new NodeError(`${label} needs the pooled text and sizes that its own text encoders make`)
  }
}

/** Everything that a variant takes, by input name and channels. */
export function additionInputs(config: UNetConfig, { control, adapter }: UNetVariant): Map<string, number> {
  const blocks = inputBlocks(config)
  const middle = config.levels.at(-1)!.channels
  const inputs = new Map<string, number>()
  if (control) {
    for (const [index, { channels }] of blocks.entries()) inputs.set(`control_${index}`, channels)
    inputs.set('control_middle', middle)
  }
  if (adapter) {
    for (const place of adapterPlaces(config)) {
      inputs.set(`adapter_${place}`, place === 'middle' ? middle : blocks[place]!.channels)
    }
  }
  return inputs
}

function additionFeeds(config: UNetConfig, variant: UNetVariant, additions: Additions): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {}
  for (const [name, channels] of additionInputs(config, variant)) {
    const addition = additions.get(name)
    if (addition && addition.shape[1] !== channels) {
      throw new NodeError('The ControlNet or T2I-Adapter belongs to a model of another family')
    }
    // Zeros of one pixel count for all.
    feeds[name] = addition ? toTensor(addition) : createFloatTensor(new Float32Array(channels), [1, channels, 1, 1])
  }
  for (const name of additions.keys()) {
    if (!feeds[name]) throw new NodeError('The ControlNet or T2I-Adapter belongs to a model of another family')
  }
  return feeds
}
