/**
 * @file Cuts a prompt's tokens into the sequences that CLIP takes: 75 tokens between a start and an end token, filled
 * up with padding. Pure.
 */
import { endToken, startToken } from './clip-vocabulary.ts'

/** A token id, or the vector that stands in the place of one (a textual-inversion embedding). */
export type Token = number | Float32Array

export interface WeightedToken {
  token: Token
  weight: number
}

/** Tokens of one sequence, start and end and padding included. */
export type TokenChunk = WeightedToken[]

export const chunkLength = 77
/** Groups shorter than this are not cut in two at the end of a chunk. */
const longGroup = 8

/**
 * @param groups - tokens that belong together; a group of less than 8 moves to the next chunk as a whole when it does
 * not fit, a longer one fills the chunk and goes on in the next
 * @param padToken - what follows the end token: CLIP-L repeats it, the OpenCLIP encoders take 0
 * @returns at least one chunk, each of 77 tokens
 */
export function chunkTokens(groups: readonly (readonly WeightedToken[])[], padToken: number): TokenChunk[] {
  const chunks: WeightedToken[][] = [[]]
  const capacity = chunkLength - 2
  for (const group of groups) {
    let rest = group
    while (rest.length > 0) {
      const chunk = chunks.at(-1)!
      const room = capacity - chunk.length
      if (rest.length <= room) {
        chunk.push(...rest)
        break
      }
      if (group.length >= longGroup) {
        chunk.push(...rest.slice(0, room))
        rest = rest.slice(room)
      }
      chunks.push([])
    }
  }
  return chunks.map((tokens) => [
    unweighted(startToken),
    ...tokens,
    unweighted(endToken),
    ...Array.from({ length: capacity - tokens.length }, () => unweighted(padToken)),
  ])
}

/** The encoding of no words, which weights are measured against. */
export function emptyChunk(padToken: number): TokenChunk {
  return chunkTokens([], padToken)[0]!
}

function unweighted(token: number): WeightedToken {
  return { token, weight: 1 }
}
