/**
 * @file One CLIP text encoder: sequences of 77 tokens in, hidden states and pooled vectors out. Its networks are opened
 * by the model store when they are run: one per depth, over the same weights.
 */
import { NodeError } from '../../nodes/define.ts'
import { describeNetwork } from '../network/describe-network.ts'
import { type AppliedLora, loraBranches, strengthFeeds } from '../network/lora/branches.ts'
import { type LoraMatch, listModules, matchLora } from '../network/lora/match-lora.ts'
import type { LoraFile, LoraTarget } from '../network/lora/read-lora.ts'
import { fileSource, type TensorSource } from '../network/tensor-source.ts'
import { createFloatTensor, createIntegerTensor } from '../runtime/tensor.ts'
import type { SafetensorsFile } from '../safetensors/read-safetensors.ts'
import type { ModelStore } from '../store.ts'
import { chunkLength, type Token } from './chunk-tokens.ts'
import type { ClipArchitecture } from './clip-architecture.ts'
import { buildClipNetwork, type ClipOutputs } from './clip-network.ts'
import { endToken } from './clip-vocabulary.ts'

export interface ClipRequest {
  /**
   * Whose hidden states: -1 is the last layer, -2 the one before, ...; `last` is the last layer with the final norm,
   * and so is any number beyond the layers there are.
   */
  layer: number | 'last'
  /** Whether the final norm also follows another layer than `last`. */
  finalNorm: boolean
  pooled: boolean
}

export interface ClipEncoding {
  /** `[sequences, 77, width]` */
  hidden: Float32Array
  /** `[sequences, projection]`, or null when not asked for. */
  pooled: Float32Array | null
}

interface ClipEncoderParts {
  store: ModelStore
  source: TensorSource
  architecture: ClipArchitecture
  /** In the order in which they were applied. */
  loras?: readonly AppliedLora[]
}

/** Texts of one run: between runs an interrupt is noticed. */
const batchSize = 4
/** SD 2 takes hidden states of the layer before the last, so files often leave the last one out. */
const clipHLayers = 24
/** LoRAs call layers as the network is built of them. */
const loraNames = (module: string) => [module]

export class ClipEncoder {
  readonly architecture: ClipArchitecture
  readonly #store: ModelStore
  readonly #source: TensorSource
  readonly #loras: readonly AppliedLora[]

  constructor({ store, source, architecture, loras = [] }: ClipEncoderParts) {
    this.#store = store
    this.#source = source
    this.architecture = architecture
    this.#loras = loras
  }

  /** Over a file as it is. */
  static of(store: ModelStore, file: SafetensorsFile, architecture: ClipArchitecture): ClipEncoder {
    return new ClipEncoder({ store, architecture, source: fileSource(file, { prefix: architecture.prefix }) })
  }

  /**
   * Which of a LoRA's layers this encoder has.
   * @param target - what the LoRA calls this encoder
   * @throws NodeError naming the LoRA when it was made for weights of other shapes
   */
  matchLora(lora: LoraFile, target: LoraTarget): LoraMatch {
    const outputs = { depth: this.architecture.layers, finalNorm: true, pooled: true }
    const modules = listModules((layers) => buildClipNetwork(layers, this.architecture, outputs))
    return matchLora(lora, target, modules, loraNames)
  }

  /** The same encoder with one more LoRA, that has layers for it. */
  withLora(applied: AppliedLora): ClipEncoder {
    return new ClipEncoder({
      store: this.#store,
      source: this.#source,
      architecture: this.architecture,
      loras: [...this.#loras, applied],
    })
  }

  /**
   * @param sequences - each 77 tokens; a vector is as wide as the encoder
   * @throws NodeError naming the file when it is incomplete or cannot be run; the signal's reason
   */
  async encode(
    sequences: readonly (readonly Token[])[],
    request: ClipRequest,
    signal: AbortSignal,
  ): Promise<ClipEncoding> {
    const { width, projection } = this.architecture
    const hidden = new Float32Array(sequences.length * chunkLength * width)
    const pooledWidth = projection?.width ?? width
    const pooled = request.pooled ? new Float32Array(sequences.length * pooledWidth) : null
    const network = this.#network(request)
    for (let start = 0; start < sequences.length; start += batchSize) {
      signal.throwIfAborted()
      const batch = sequences.slice(start, start + batchSize)
      const results = await network.run(this.#feeds(batch, request))
      hidden.set(results.hidden!.data as Float32Array, start * chunkLength * width)
      pooled?.set(results.pooled!.data as Float32Array, start * pooledWidth)
    }
    signal.throwIfAborted()
    return { hidden, pooled }
  }

  #network(request: ClipRequest) {
    const outputs = this.#outputs(request)
    return this.#store.network(
      describeNetwork({
        kind: 'clip',
        part: 'text encoder',
        config: [this.architecture, outputs],
        source: this.#source,
        device: this.#store.device,
        precision: this.#store.device === 'cpu' ? 'float32' : 'float16',
        ...(this.#loras.length > 0 && { branches: loraBranches(this.#loras, loraNames) }),
        build: (layers) => buildClipNetwork(layers, this.architecture, outputs),
      }),
    )
  }

  #outputs({ layer, finalNorm, pooled }: ClipRequest): ClipOutputs {
    const { kind, layers } = this.architecture
    const all = kind === 'clip_h' && layers === clipHLayers - 1 ? clipHLayers : layers
    const isLast = layer === 'last' || Math.abs(layer) > all
    const depth = isLast ? all : all + layer + 1
    if (depth > layers || (pooled && all > layers)) {
      throw new NodeError(
        `${this.#source.label} has ${layers} of the ${all} layers of its text encoder: set the CLIP layer to -2 or below`,
      )
    }
    return { depth, finalNorm: isLast || finalNorm, pooled }
  }

  #feeds(batch: readonly (readonly Token[])[], { pooled }: ClipRequest) {
    const { width } = this.architecture
    const vectors = new Float32Array(batch.length * chunkLength * width)
    const ids: number[] = []
    for (const token of batch.flat()) {
      if (typeof token !== 'number') vectors.set(token, ids.length * width)
      ids.push(typeof token === 'number' ? token : -1)
    }
    const ends = batch.map((sequence, index) => index * chunkLength + sequence.indexOf(endToken))
    return {
      ...strengthFeeds(this.#loras),
      ids: createIntegerTensor(ids, [batch.length, chunkLength]),
      vectors: createFloatTensor(vectors, [batch.length, chunkLength, width]),
      ...(pooled && { ends: createIntegerTensor(ends, [batch.length]) }),
    }
  }
}
