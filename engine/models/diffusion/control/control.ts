/** @file ControlNet and T2I-Adapter as nodes use them: a hint picture in, what the UNet adds out. */
import { NodeError } from '../../../nodes/define.ts'
import { describeNetwork } from '../../network/describe-network.ts'
import type { TensorSource } from '../../network/tensor-source.ts'
import type { Precision } from '../../network/weight-provider.ts'
import { createFloatTensor } from '../../runtime/tensor.ts'
import type { ModelStore } from '../../store.ts'
import { addScaled, type FeatureMap, fromTensor, toTensor } from '../feature-map.ts'
import { adapterPlaces } from '../unet/build-unet.ts'
import { inputBlocks, type UNetConfig } from '../unet/config.ts'
import type { Additions, UNetRequest } from '../unet/unet.ts'
import { lightenUNet, unetWorkingBytes } from '../unet/working-bytes.ts'
import { buildControlHint, buildControlNet, type ControlNetConfig } from './build-controlnet.ts'
import { type AdapterConfig, buildT2iAdapter } from './build-t2i-adapter.ts'

export interface ControlNet {
  kind: 'controlnet'
  label: string
  config: ControlNetConfig
  /** Whether it tells of the picture as a whole: each residual is its mean everywhere. */
  isPooled: boolean
  /**
   * Once per picture. @param hint - `[n, 3, 8h, 8w]`, 0 to 1, eight times the latent's size
   * @returns the `guidance` for {@link ControlNet.residuals}
   */
  embedHint(hint: FeatureMap): Promise<FeatureMap>
  /** At every step: what the UNet adds, at full strength. */
  residuals(request: Omit<UNetRequest, 'additions'> & { guidance: FeatureMap }): Promise<Additions>
}

export interface T2iAdapter {
  kind: 't2i-adapter'
  label: string
  config: AdapterConfig
  /** Once per picture, for all steps. @param unet - whose input blocks the features go to */
  features(hint: FeatureMap, unet: Pick<UNetConfig, 'modelChannels' | 'levels'>): Promise<Additions>
}

interface ControlOptions<Config> {
  store: ModelStore
  source: TensorSource
  config: Config
  /** @default half on a GPU, single on the CPU */
  precision?: Precision
}

function precisionFor(store: ModelStore, precision?: Precision): Precision {
  return precision ?? (store.device === 'cpu' ? 'float32' : 'float16')
}

export function createControlNet({
  store,
  source,
  config,
  precision,
  isPooled = false,
}: ControlOptions<ControlNetConfig> & { isPooled?: boolean }): ControlNet {
  const shared = { config, source, device: store.device, precision: precisionFor(store, precision) }
  const embed = store.network(
    describeNetwork({ ...shared, kind: 'control-hint', build: (layers) => buildControlHint(layers, config) }),
  )
  const network = store.network(
    describeNetwork({
      ...shared,
      kind: 'controlnet',
      part: 'ControlNet',
      workingBytes: ({ x }) => unetWorkingBytes(config, x!),
      memoryAdvice: lightenUNet,
      build: (layers) => buildControlNet(layers, config),
    }),
  )
  return {
    kind: 'controlnet',
    label: source.label,
    config,
    isPooled,
    async embedHint(hint) {
      checkHint(hint, config.hintChannels, 8, source.label)
      return fromTensor((await embed.run({ hint: toTensor(hint) }, ['guidance'])).guidance)
    },
    async residuals({ x, shape, timesteps, context, contextShape, y, guidance }) {
      const [batch, , height, width] = shape
      if (guidance.shape[2] !== height || guidance.shape[3] !== width) {
        throw new RangeError('the hint has another size than the latent')
      }
      if (contextShape[2] !== config.contextWidth || (config.labelWidth !== null && !y)) {
        throw new NodeError(`${source.label} belongs to a model of another family than the one that samples`)
      }
      const outputs = await network.run({
        x: createFloatTensor(x, shape),
        timesteps: createFloatTensor(timesteps, [batch]),
        context: createFloatTensor(context, contextShape),
        ...(config.labelWidth !== null && { y: createFloatTensor(y!, [batch, config.labelWidth]) }),
        guidance: toTensor(guidance),
      })
      const names = [...inputBlocks(config).map((_, index) => `control_${index}`), 'control_middle']
      return new Map(
        names.map((name) => {
          const residual = fromTensor(outputs[name])
          return [name, isPooled ? meanEverywhere(residual) : residual]
        }),
      )
    },
  }
}

export function createT2iAdapter({ store, source, config, precision }: ControlOptions<AdapterConfig>): T2iAdapter {
  const network = store.network(
    describeNetwork({
      kind: 't2i-adapter',
      config,
      source,
      device: store.device,
      precision: precisionFor(store, precision),
      build: (layers) => buildT2iAdapter(layers, config),
    }),
  )
  return {
    kind: 't2i-adapter',
    label: source.label,
    config,
    async features(hint, unet) {
      checkHint(hint, config.hintChannels, config.unshuffle, source.label)
      const outputs = await network.run({ hint: toTensor(hint) })
      return new Map(
        adapterPlaces(unet).map((place, index) => [`adapter_${place}`, fromTensor(outputs[`feature_${index}`])]),
      )
    },
  }
}

/** Every place of a channel becomes the channel's mean. */
function meanEverywhere({ data, shape }: FeatureMap): FeatureMap {
  const size = shape[2] * shape[3]
  const means = new Float32Array(data.length)
  for (let from = 0; from < data.length; from += size) {
    let sum = 0
    for (let at = from; at < from + size; at += 1) sum += data[at]!
    means.fill(sum / size, from, from + size)
  }
  return { data: means, shape }
}

/** Sums of what several controls add, each with its strength. */
export function combineAdditions(parts: readonly { additions: Additions; strength: number }[]): Additions {
  const sums = new Map<string, FeatureMap>()
  for (const { additions, strength } of parts) {
    for (const [name, value] of additions) sums.set(name, addScaled(sums.get(name), value, strength))
  }
  return sums
}

function checkHint({ shape }: FeatureMap, channels: number, grid: number, label: string): void {
  if (shape[1] !== channels) throw new NodeError(`${label} takes hints of ${channels} channels, not ${shape[1]}`)
  if (shape[2] % grid !== 0 || shape[3] % grid !== 0) {
    throw new NodeError(`${label} takes hints whose sides are multiples of ${grid}, not ${shape[3]} x ${shape[2]}`)
  }
}
