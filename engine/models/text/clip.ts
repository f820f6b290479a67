/**
 * @file CLIP, the value that a checkpoint loader hands to text nodes: the encoders of a family, how they are read out,
 * and the way from a prompt to an entry of a conditioning. Immutable: clip skip and LoRAs make another one.
 */
import { NodeError } from '../../nodes/define.ts'
import { nameContents } from '../name-contents.ts'
import { type LoraMatch, unmatchedLayers } from '../network/lora/match-lora.ts'
import type { LoraFile, LoraTarget } from '../network/lora/read-lora.ts'
import type { SafetensorsFile } from '../safetensors/read-safetensors.ts'
import type { ModelStore } from '../store.ts'
import { emptyChunk, type TokenChunk } from './chunk-tokens.ts'
import { type ClipKind, findTextEncoders } from './clip-architecture.ts'
import { ClipEncoder } from './clip-encoder.ts'
import type { ClipTokenizer } from './clip-tokenizer.ts'
import { endToken } from './clip-vocabulary.ts'
import type { ConditioningEntry, TextEncoding } from './conditioning.ts'
import { type EncodedChunks, encodeChunks } from './encode-chunks.ts'
import { createPromptEmbeddings, type ModelFolders } from './find-embeddings.ts'
import { tokenizePrompt } from './tokenize-prompt.ts'

/** Which diffusion models understand the encoding. `sdxl-refiner` has OpenCLIP-G alone. */
export type ClipFamily = 'sd1' | 'sd2' | 'sdxl' | 'sdxl-refiner'

interface FamilyRule {
  kinds: readonly ClipKind[]
  /** Without clip skip. */
  layer: number | 'last'
  /** Whether the final norm follows a layer before the last. */
  finalNorm: boolean
  /** Whose pooled vector the diffusion model is given. */
  pooledOf: ClipKind | null
}

const families: Record<ClipFamily, FamilyRule> = {
  sd1: { kinds: ['clip_l'], layer: 'last', finalNorm: true, pooledOf: null },
  sd2: { kinds: ['clip_h'], layer: -2, finalNorm: true, pooledOf: null },
  sdxl: { kinds: ['clip_l', 'clip_g'], layer: -2, finalNorm: false, pooledOf: 'clip_g' },
  'sdxl-refiner': { kinds: ['clip_g'], layer: -2, finalNorm: false, pooledOf: 'clip_g' },
}

/** CLIP-L repeats its end token, the OpenCLIP encoders are filled up with token 0. */
const padTokens: Record<ClipKind, number> = { clip_l: endToken, clip_h: 0, clip_g: 0 }

/** SDXL's two encoders may be told different texts. */
export interface PromptTexts {
  clip_l: string
  clip_g: string
}

export interface EncodeOptions {
  signal: AbortSignal
  /** Where embeddings are looked for. */
  folders: ModelFolders
  /** Told of embeddings that were left out, in words, each once. */
  warn: (message: string) => void
}

export interface ClipParts {
  family: ClipFamily
  /** One of each kind that the family has. */
  encoders: readonly ClipEncoder[]
  loadTokenizer: () => Promise<ClipTokenizer>
  layer?: number | 'last'
}

export class Clip {
  readonly family: ClipFamily
  readonly encoders: readonly ClipEncoder[]
  readonly #loadTokenizer: () => Promise<ClipTokenizer>
  readonly #layer: number | 'last'

  constructor({ family, encoders, loadTokenizer, layer }: ClipParts) {
    this.family = family
    this.encoders = encoders
    this.#loadTokenizer = loadTokenizer
    this.#layer = layer ?? families[family].layer
  }

  /**
   * CLIPSetLastLayer.
   * @param layer - -1 is the last, -2 the one before, ...; beyond an encoder's layers it means its last one
   * @throws RangeError when it is not a negative whole number
   */
  withLayer(layer: number): Clip {
    if (!Number.isInteger(layer) || layer >= 0) throw new RangeError(`${layer} names no layer: -1 is the last one`)
    return new Clip({ ...this.#parts, layer })
  }

  /**
   * The text half of LoraLoader: one more LoRA for every encoder that it has layers for.
   * @param strength - 1 as trained
   * @returns what of the file's text layers found its place
   * @throws NodeError naming the LoRA when it was made for weights of other shapes
   */
  withLora(lora: LoraFile, strength: number): { clip: Clip; match: LoraMatch } {
    const left = new Set<LoraTarget>(['te1', 'te2'])
    const matches: LoraMatch[] = []
    const encoders = this.encoders.map((encoder) => {
      // The refiner's only encoder is the first to those that train it, though it is SDXL's second.
      const target = encoder.architecture.kind === 'clip_g' && this.encoders.length > 1 ? 'te2' : 'te1'
      left.delete(target)
      const match = encoder.matchLora(lora, target)
      matches.push(match)
      return match.matched === 0 ? encoder : encoder.withLora({ lora, target, strength })
    })
    const match = {
      matched: matches.reduce((sum, { matched }) => sum + matched, 0),
      unmatched: [
        ...matches.flatMap(({ unmatched }) => unmatched),
        ...[...left].flatMap((target) => unmatchedLayers(lora, target)),
      ],
    }
    return { clip: match.matched === 0 ? this : new Clip({ ...this.#parts, encoders }), match }
  }

  /**
   * A prompt's encoding, for one entry of a conditioning: 77 tokens for every 75 of the text, SDXL's two encoders side
   * by side.
   * @param prompt - the text, or for SDXL one for each encoder
   * @throws NodeError naming the file when an encoder or an embedding cannot be read; the signal's reason
   */
  async encode(prompt: string | PromptTexts, options: EncodeOptions): Promise<ConditioningEntry> {
    const { finalNorm, pooledOf } = families[this.family]
    const prompts = await this.#tokenize(prompt, options)
    const encoded: EncodedChunks[] = []
    for (const { encoder, chunks } of prompts) {
      const { kind } = encoder.architecture
      const request = { layer: this.#layer, finalNorm, pooled: kind === pooledOf }
      encoded.push(await encodeChunks(encoder, chunks, { padToken: padTokens[kind], request, signal: options.signal }))
    }
    return {
      encoding: sideBySide(encoded.map(({ encoding }) => encoding)),
      pooled: encoded.find(({ pooled }) => pooled)?.pooled ?? null,
      options: {},
    }
  }

  async #tokenize(prompt: string | PromptTexts, { folders, warn }: EncodeOptions) {
    const tokenizer = await this.#loadTokenizer()
    const told = new Set<string>()
    const warnOnce = (message: string) => {
      if (!told.has(message)) warn(message)
      told.add(message)
    }
    const prompts: { encoder: ClipEncoder; chunks: TokenChunk[] }[] = []
    for (const encoder of this.encoders) {
      const { kind, width } = encoder.architecture
      const text = typeof prompt === 'string' ? prompt : prompt[kind === 'clip_l' ? 'clip_l' : 'clip_g']
      const embeddings = createPromptEmbeddings({ folders, key: kind, width, warn: warnOnce })
      const chunks = await tokenizePrompt(text, { tokenizer, embeddings, padToken: padTokens[kind] })
      prompts.push({ encoder, chunks })
    }
    // Two texts of different length: the shorter one goes on with empty chunks. One text that embeddings made longer
    // for one encoder ends with the shorter one, as in ComfyUI.
    const longest = Math.max(...prompts.map(({ chunks }) => chunks.length))
    for (const { encoder, chunks } of typeof prompt === 'string' ? [] : prompts) {
      while (chunks.length < longest) chunks.push(emptyChunk(padTokens[encoder.architecture.kind]))
    }
    return prompts
  }

  get #parts(): ClipParts {
    return {
      family: this.family,
      encoders: this.encoders,
      loadTokenizer: this.#loadTokenizer,
      layer: this.#layer,
    }
  }
}

/**
 * @param files - one that holds everything, or one for each encoder
 * @throws NodeError naming the files when they hold no text encoder, or none that belong together
 */
export function createClip(
  files: readonly SafetensorsFile[],
  { store, loadTokenizer }: { store: ModelStore; loadTokenizer: () => Promise<ClipTokenizer> },
): Clip {
  const encoders = files.flatMap((file) => {
    const found = findTextEncoders(file).map((architecture) => ClipEncoder.of(store, file, architecture))
    if (found.length > 0) return found
    throw new NodeError(
      `${file.name} holds no text encoder that this engine knows: CLIP-L, OpenCLIP-H or OpenCLIP-G, in .safetensors.${nameContents(file)}`,
    )
  })
  const kinds = encoders.map(({ architecture }) => architecture.kind)
  for (const [family, rule] of Object.entries(families) as [ClipFamily, FamilyRule][]) {
    const ordered = rule.kinds.map((kind) => encoders.find(({ architecture }) => architecture.kind === kind))
    if (kinds.length === rule.kinds.length && ordered.every((encoder) => encoder !== undefined)) {
      return new Clip({ family, encoders: ordered, loadTokenizer })
    }
  }
  const names = files.map(({ name }) => name).join(' and ')
  throw new NodeError(
    `${names} hold ${kinds.join(' and ')}: a model has clip_l (SD 1), clip_h (SD 2), clip_l and clip_g (SDXL) or clip_g (SDXL's refiner)`,
  )
}

/** Encodings of the same tokens by several encoders, each token's vectors in one. As long as the shortest. */
function sideBySide(encodings: readonly TextEncoding[]): TextEncoding {
  const [first] = encodings
  if (encodings.length === 1) return first!
  const tokens = Math.min(...encodings.map((encoding) => encoding.tokens))
  const width = encodings.reduce((sum, encoding) => sum + encoding.width, 0)
  const data = new Float32Array(tokens * width)
  let column = 0
  for (const encoding of encodings) {
    for (let token = 0; token < tokens; token += 1) {
      const row = encoding.data.subarray(token * encoding.width, (token + 1) * encoding.width)
      data.set(row, token * width + column)
    }
    column += encoding.width
  }
  return { data, tokens, width }
}
