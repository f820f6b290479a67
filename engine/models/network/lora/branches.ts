/**
 * @file LoRAs in a network's graph. Plain ones run beside the layer, `y + strength * up(down(x))`, and the others (LoHa,
 * LoKr, DoRA, whole differences) are added to its weights as the graph runs. Strengths are inputs of the graph: changing
 * one reopens nothing, and the weights of model and LoRA stay mapped in their files.
 */
import type { Tensor } from 'onnxruntime-common'
import { NodeError } from '../../../nodes/define.ts'
import { createFloatTensor } from '../../runtime/tensor.ts'
import type { BranchSet } from '../describe-network.ts'
import type { ConvShape, Layers, LinearShape, SideBranches } from '../layers.ts'
import { fileSource } from '../tensor-source.ts'
import { WeightProvider } from '../weight-provider.ts'
import { type LoraFile, type LoraLayer, type LoraTarget, plainName } from './read-lora.ts'
import { changedWeight } from './weight-change.ts'

export interface AppliedLora {
  lora: LoraFile
  target: LoraTarget
  /** 1 as trained; any number, also negative. */
  strength: number
}

/** Every name by which LoRAs may call a module, dots included. */
export type ModuleNames = (module: string) => readonly string[]

/** The LoRAs of one network, in their order. */
export function loraBranches(loras: readonly AppliedLora[], names: ModuleNames): BranchSet {
  return {
    identity: loras.map(({ lora: { file }, target }) => `${target}:${file.path}:${file.identity}`).join(' '),
    files: loras.map(({ lora: { file } }) => file),
    create: () => new LoraBranches(loras, names),
  }
}

/** The graph's inputs that carry the strengths. */
export function strengthFeeds(loras: readonly AppliedLora[]): Record<string, Tensor> {
  return Object.fromEntries(
    loras.map(({ strength }, index) => [strengthInput(index), createFloatTensor(Float32Array.of(strength), [])]),
  )
}

/** Which of the LoRA's layers the module takes, if any. */
export function findLoraLayer(
  { lora, target }: Pick<AppliedLora, 'lora' | 'target'>,
  names: readonly string[],
): { name: string; layer: LoraLayer } | null {
  const layers = lora.layers.get(target)
  for (const name of names) {
    const layer = layers?.get(plainName(name))
    if (layer) return { name: plainName(name), layer }
  }
  return null
}

const strengthInput = (index: number) => `lora_strength_${index}`

class LoraBranches implements SideBranches {
  readonly #loras: readonly AppliedLora[]
  readonly #names: ModuleNames
  readonly #providers = new Map<number, { weights: WeightProvider; strength: string }>()
  readonly #scales = new Map<string, string>()

  constructor(loras: readonly AppliedLora[], names: ModuleNames) {
    this.#loras = loras
    this.#names = names
  }

  /** Declares the strengths: the graph has the inputs even where no layer uses one. */
  begin(layers: Layers): void {
    for (const [index, { lora }] of this.#loras.entries()) {
      const name = strengthInput(index)
      layers.graph.input(name, [])
      const { graph, precision } = layers.weights
      const weights = new WeightProvider({ graph, source: fileSource(lora.file), precision })
      this.#providers.set(index, { weights, strength: layers.toPrecision(name) })
    }
  }

  linear(layers: Layers, module: string, input: string, { inputs, outputs }: LinearShape): string | null {
    return this.#sum(layers, module, ({ layer, weights, scale, rank, lora }) => {
      if (layer.has('mid')) throw unusable(lora, module, 'is a kernel in the LoRA and a matrix in the model')
      const down = layers.node('Gemm', [input, weights.tensor(layer.get('down')!, [rank, inputs])], { transB: 1 })
      const scaled = layers.multiply(down, scale)
      return layers.node('Gemm', [scaled, weights.tensor(layer.get('up')!, [outputs, rank])], { transB: 1 })
    })
  }

  conv(layers: Layers, module: string, input: string, { inputs, outputs, ...window }: ConvShape): string | null {
    const point = { kernel: 1, stride: 1, padding: 0 }
    return this.#sum(layers, module, ({ layer, weights, scale, rank }) => {
      const mid = layer.get('mid')
      const size = mid === undefined ? window.kernel : 1
      const view = { dimensions: [rank, inputs, size, size] }
      const down = weights.tensor(layer.get('down')!, [rank, inputs, size, size], view)
      let hidden = layers.convolve([input, down], mid === undefined ? window : point)
      if (mid !== undefined) {
        hidden = layers.convolve([hidden, weights.tensor(mid, [rank, rank, window.kernel, window.kernel])], window)
      }
      const up = weights.tensor(layer.get('up')!, [outputs, rank], { dimensions: [outputs, rank, 1, 1] })
      return layers.convolve([layers.multiply(hidden, scale), up], point)
    })
  }

  weight(layers: Layers, module: string, weight: string, shape: readonly number[]): string {
    let changed = weight
    for (const { layer, weights, strength, lora } of this.#layersOf(module)) {
      if (isPlain(layer)) continue
      changed = changedWeight({ layers, weights, layer, weight: changed, shape, strength, file: lora.file })
    }
    return changed
  }

  /** Adds up what the plain LoRAs of a module make. */
  #sum(
    layers: Layers,
    module: string,
    branch: (part: {
      layer: LoraLayer
      weights: WeightProvider
      scale: string
      rank: number
      lora: LoraFile
    }) => string,
  ): string | null {
    let total: string | null = null
    for (const { layer, weights, strength, index, lora } of this.#layersOf(module)) {
      if (!isPlain(layer)) continue
      const rank = lora.file.tensors.get(layer.get('down')!)?.shape[0] ?? 0
      const scale = this.#scale(layers, layer, weights, strength, rank, index)
      const value = branch({ layer, weights, scale, rank, lora })
      total = total === null ? value : layers.add(total, value)
    }
    return total
  }

  /** strength * alpha / rank; without an alpha, the rank cancels it. */
  #scale(layers: Layers, layer: LoraLayer, weights: WeightProvider, strength: string, rank: number, index: number) {
    const alpha = layer.get('alpha')
    if (alpha === undefined) return strength
    const key = `${index} ${alpha}`
    const known = this.#scales.get(key)
    if (known !== undefined) return known
    const value = weights.tensor(alpha, [], { dimensions: [] })
    const scale = layers.multiply(strength, layers.multiply(value, layers.constant([1 / rank])))
    this.#scales.set(key, scale)
    return scale
  }

  *#layersOf(module: string) {
    const names = this.#names(module)
    for (const [index, applied] of this.#loras.entries()) {
      const found = findLoraLayer(applied, names)
      const provider = this.#providers.get(index)
      if (found && provider) yield { ...provider, layer: found.layer, lora: applied.lora, index }
    }
  }
}

/** Down and up and nothing that needs the layer's own weights. */
function isPlain(layer: LoraLayer): boolean {
  return layer.has('down') && layer.has('up') && !layer.has('dora_scale')
}

function unusable({ file }: LoraFile, module: string, reason: string): NodeError {
  return new NodeError(`${file.name} does not fit the model: "${module}" ${reason}`)
}
