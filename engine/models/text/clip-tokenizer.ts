/**
 * @file CLIP's tokenizer: text to token ids by byte-level BPE, as transformers' `CLIPTokenizer` does it. Knows nothing of
 * prompt syntax, chunks, or start and end tokens.
 * @see Sennrich et al. 2016, arXiv 1508.07909 (BPE); https://github.com/openai/CLIP (MIT) for CLIP's word pattern
 */
import {
  type ClipVocabulary,
  endOfWordOffset,
  endToken,
  firstMergedId,
  loadClipVocabulary,
  pairKey,
  startToken,
} from './clip-vocabulary.ts'

/** Contractions, runs of letters, single digits, runs of anything else that is visible. */
const words = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu
/** Written out in a text they are the tokens themselves. */
const specialTokens = new Map([
  ['<|startoftext|>', startToken],
  ['<|endoftext|>', endToken],
])
const specialToken = /(<\|startoftext\|>|<\|endoftext\|>)/

export class ClipTokenizer {
  readonly #vocabulary: ClipVocabulary

  constructor(vocabulary: ClipVocabulary) {
    this.#vocabulary = vocabulary
  }

  /** @returns ids below 49,408, without start and end; any string has an encoding, the empty one has none */
  encode(text: string): number[] {
    const ids: number[] = []
    for (const part of text.split(specialToken)) {
      const special = specialTokens.get(part)
      if (special !== undefined) ids.push(special)
      else for (const [word] of normalize(part).matchAll(words)) for (const id of this.#encodeWord(word)) ids.push(id)
    }
    return ids
  }

  /** Merges the pair of lowest rank, wherever it stands, until no two neighbours merge. */
  #encodeWord(word: string): ArrayLike<number> & Iterable<number> {
    const { byteIds, ranks } = this.#vocabulary
    const symbols = Uint16Array.from(utf8.encode(word), (byte) => byteIds[byte]!)
    let length = symbols.length
    symbols[length - 1]! += endOfWordOffset
    const rankAt = (index: number) => ranks.get(pairKey(symbols[index]!, symbols[index + 1]!)) ?? noRank
    // Ranks are kept beside the symbols, since a word may be a page of Japanese and each round looks at all of them.
    const pairRanks = new Uint16Array(length)
    for (let index = 0; index < length - 1; index += 1) pairRanks[index] = rankAt(index)

    for (;;) {
      let lowest = noRank
      for (let index = 0; index < length - 1; index += 1) if (pairRanks[index]! < lowest) lowest = pairRanks[index]!
      if (lowest === noRank) return symbols.subarray(0, length)
      let kept = 0
      for (let index = 0; index < length; index += 1, kept += 1) {
        const merges = index < length - 1 && pairRanks[index] === lowest
        symbols[kept] = merges ? firstMergedId + lowest : symbols[index]!
        pairRanks[kept] = merges ? changed : pairRanks[index]!
        if (merges && kept > 0) pairRanks[kept - 1] = changed
        if (merges) index += 1
      }
      length = kept
      for (let index = 0; index < length - 1; index += 1)
        if (pairRanks[index] === changed) pairRanks[index] = rankAt(index)
    }
  }
}

const utf8 = new TextEncoder()
/** Above every rank: the pair does not merge. */
const noRank = 65535
/** The pair has a new member, its rank is to be looked up. */
const changed = 65534

/** A shared loader of the tokenizer: reads the vocabulary at the first call, and again after a failure. */
export function createTokenizerLoader(load: () => Promise<ClipVocabulary> = loadClipVocabulary) {
  let pending: Promise<ClipTokenizer> | null = null
  return (): Promise<ClipTokenizer> => {
    pending ??= load()
      .then((vocabulary) => new ClipTokenizer(vocabulary))
      .catch((error: unknown) => {
        pending = null
        throw error
      })
    return pending
  }
}

/** Composed characters, each lower-cased on its own (so that a Greek sigma does not depend on its place). */
function normalize(text: string): string {
  return Array.from(text.normalize('NFC'), (character) => character.toLowerCase()).join('')
}
