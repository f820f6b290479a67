/**
 * @file What a chain of ControlNets adds to the UNet, step by step. What depends on the pictures alone is computed once and
 * kept for as long as the run lasts.
 */
import { scaleImage } from '../images/scale.ts'
import type { Pause } from '../images/steps.ts'
import { combineAdditions } from '../models/diffusion/control/control.ts'
import type { ControlChain } from '../models/diffusion/control/control-chain.ts'
import type { FeatureMap } from '../models/diffusion/feature-map.ts'
import { type Additions, additionInputs, type UNetRequest } from '../models/diffusion/unet/unet.ts'
import { NodeError } from '../nodes/define.ts'
import type { ImageTensor } from '../tensor.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import { toPlanes } from './planes.ts'

type Request = Omit<UNetRequest, 'additions'>

export class AppliedControls {
  readonly #model: DiffusionModel
  /** By the link of the chain and the size of the latent. */
  readonly #guidance = new Map<ControlChain, Map<string, Promise<FeatureMap>>>()
  readonly #features = new Map<ControlChain, Map<string, Promise<Additions>>>()

  constructor(model: DiffusionModel) {
    this.#model = model
  }

  /** @returns undefined when none of them counts at this noise level */
  async at(chain: ControlChain, sigma: number, request: Request): Promise<Additions | undefined> {
    const { percentToSigma } = this.#model.sampling
    const parts: { additions: Additions; strength: number }[] = []
    for (let link: ControlChain | null = chain; link; link = link.previous) {
      const { strength, start, end } = link
      if (strength === 0 || sigma > percentToSigma(start) || sigma < percentToSigma(end)) continue
      const additions = await this.#additions(link, request)
      this.#requireFit(link.network.label, additions)
      parts.unshift({ strength, additions })
    }
    return parts.length > 0 ? combineAdditions(parts) : undefined
  }

  /** Each part has its place in the network, and there as many channels. */
  #requireFit(label: string, additions: Additions): void {
    const { config } = this.#model.unet
    const places = additionInputs(config, { control: true, adapter: true })
    for (const [name, { shape }] of additions) {
      if (places.get(name) !== shape[1]) {
        throw new NodeError(`${label} belongs to a model of another family than ${this.#model.unet.label}`)
      }
    }
  }

  async #additions(link: ControlChain, request: Request): Promise<Additions> {
    const { network, hint } = link
    const [, , height, width] = request.shape
    const size = `${height} ${width}`
    if (network.kind === 't2i-adapter') {
      const features = await remembered(this.#features, link, size, async () =>
        network.features(
          forChannels(await this.#fit(hint, request, network.config.unshuffle), network.config.hintChannels),
          this.#model.unet.config,
        ),
      )
      return new Map([...features].map(([name, feature]) => [name, forBatch(feature, request.shape[0])]))
    }
    const guidance = await remembered(this.#guidance, link, size, async () =>
      network.embedHint(await this.#fit(hint, request)),
    )
    return network.residuals({ ...request, guidance: forBatch(guidance, request.shape[0]) })
  }

  /**
   * The picture at the size that is made, its middle where the proportions differ; 0 to 1.
   * @param grid - pixels that the sides are rounded up to whole numbers of
   */
  async #fit(hint: ImageTensor, { shape }: Request, grid = 1): Promise<FeatureMap> {
    const { downscale } = this.#model.latentFormat
    const [height, width] = shape.slice(2).map((side) => Math.ceil((side * downscale) / grid) * grid) as [
      number,
      number,
    ]
    return toPlanes(await scaleImage(hint, width, height, 'nearest-exact', 'center', noPause), 3)
  }
}

const noPause: Pause = async () => undefined

/** Adapters for lines and depth have one channel: the mean of a picture's three. */
function forChannels(hint: FeatureMap, channels: number): FeatureMap {
  const [batch, have, height, width] = hint.shape
  if (channels !== 1 || have === 1) return hint
  const size = height * width
  const data = new Float32Array(batch * size)
  for (let at = 0; at < hint.data.length; at += 1) {
    data[Math.floor(at / (have * size)) * size + (at % size)]! += hint.data[at]! / have
  }
  return { data, shape: [batch, 1, height, width] }
}

/** One for each picture of the batch: fewer start again, one counts for all. */
function forBatch(features: FeatureMap, batch: number): FeatureMap {
  const [count, ...rest] = features.shape
  if (count === 1 || count === batch) return features
  const size = features.data.length / count
  const data = new Float32Array(batch * size)
  for (let index = 0; index < batch; index += 1) {
    const from = (index % count) * size
    data.set(features.data.subarray(from, from + size), index * size)
  }
  return { data, shape: [batch, ...rest] }
}

function remembered<Value>(
  store: Map<ControlChain, Map<string, Promise<Value>>>,
  link: ControlChain,
  size: string,
  compute: () => Promise<Value>,
): Promise<Value> {
  const bySize = store.get(link) ?? new Map<string, Promise<Value>>()
  store.set(link, bySize)
  const value = bySize.get(size) ?? compute()
  bySize.set(size, value)
  return value
}
