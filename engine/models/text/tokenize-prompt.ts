/** @file A prompt to the sequences that one encoder takes: weights, embeddings, tokens, chunks. */
import { chunkTokens, type TokenChunk, type WeightedToken } from './chunk-tokens.ts'
import type { ClipTokenizer } from './clip-tokenizer.ts'
import { parsePromptWeights } from './prompt-weights.ts'
import { splitEmbeddings } from './split-embeddings.ts'

export interface PromptEmbeddings {
  /**
   * The vectors behind `embedding:name`, as wide as the encoder's.
   * @returns none when there is no such file or it is made for another encoder; who wants to know was told
   * @throws NodeError naming the file when it cannot be read
   */
  find(name: string): Promise<readonly Float32Array[]>
}

/**
 * Like ComfyUI it takes each weighted part of the text, up to the next embedding, as one group of tokens.
 * @param padToken - see {@link chunkTokens}
 */
export async function tokenizePrompt(
  text: string,
  options: { tokenizer: ClipTokenizer; embeddings: PromptEmbeddings; padToken: number },
): Promise<TokenChunk[]> {
  const groups: WeightedToken[][] = []
  for (const piece of splitEmbeddings(parsePromptWeights(text))) {
    const tokens =
      piece.kind === 'text' ? options.tokenizer.encode(piece.text) : await options.embeddings.find(piece.name)
    groups.push(tokens.map((token) => ({ token, weight: piece.weight })))
  }
  return chunkTokens(groups, options.padToken)
}
