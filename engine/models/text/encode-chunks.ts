/**
 * @file Encodes the chunks of a prompt with their weights. A weight moves a token's encoding along the line from the
 * encoding of the empty prompt at that place: at 0 nothing is left of the word, at 1 it is as encoded.
 */
import { chunkLength, emptyChunk, type TokenChunk } from './chunk-tokens.ts'
import type { ClipEncoder, ClipRequest } from './clip-encoder.ts'
import type { TextEncoding } from './conditioning.ts'

export interface EncodedChunks {
  encoding: TextEncoding
  /** Of the first chunk, without weights, as ComfyUI has it. Null when not asked for. */
  pooled: Float32Array | null
}

/** @param options.padToken - what the encoder's empty prompt is filled up with */
export async function encodeChunks(
  encoder: ClipEncoder,
  chunks: readonly TokenChunk[],
  options: { padToken: number; request: ClipRequest; signal: AbortSignal },
): Promise<EncodedChunks> {
  const { width } = encoder.architecture
  const isWeighted = chunks.some((chunk) => chunk.some(({ weight }) => weight !== 1))
  const all = isWeighted ? [...chunks, emptyChunk(options.padToken)] : chunks
  const sequences = all.map((chunk) => chunk.map(({ token }) => token))
  const { hidden, pooled } = await encoder.encode(sequences, options.request, options.signal)
  const data = hidden.subarray(0, chunks.length * chunkLength * width)
  if (isWeighted) {
    const weights = chunks.flatMap((chunk) => chunk.map(({ weight }) => weight))
    applyWeights(data, hidden.subarray(data.length), weights, width)
  }
  return {
    encoding: { data, tokens: chunks.length * chunkLength, width },
    pooled: pooled?.slice(0, pooled.length / all.length) ?? null,
  }
}

/** @param data - changed in place; @param empty - of one chunk */
function applyWeights(data: Float32Array, empty: Float32Array, weights: readonly number[], width: number): void {
  for (const [token, weight] of weights.entries()) {
    if (weight === 1) continue
    const start = token * width
    const emptyStart = (token % chunkLength) * width
    for (let index = 0; index < width; index += 1) {
      const base = empty[emptyStart + index]!
      data[start + index] = (data[start + index]! - base) * weight + base
    }
  }
}
