/**
 * @file CLIP's vocabulary: which two symbols merge into which, read from the merge list that ships with the project.
 * Token ids are not stored, they follow from the list: 256 bytes, the same 256 at the end of a word, then the merges in
 * their order, then the two special tokens.
 * @see https://github.com/openai/CLIP/blob/main/clip/simple_tokenizer.py (MIT)
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { findProjectRoot } from '#platform/project-root'

export const clipVocabularySize = 49408
export const startToken = 49406
export const endToken = 49407

const mergeCount = 48894
const endOfWord = '</w>'

/** The id of a byte at the end of a word is the byte's own id plus this. */
export const endOfWordOffset = 256
/** The id of what a merge makes is its rank plus this. */
export const firstMergedId = 512

export interface ClipVocabulary {
  /** Token id of each byte value. */
  byteIds: Uint16Array
  /** {@link pairKey} of two token ids → rank; lower ranks merge first. */
  ranks: ReadonlyMap<number, number>
}

export function pairKey(left: number, right: number): number {
  return left * 65536 + right
}

/**
 * Reads the shipped merge list: some 0.1 s, so only when a text is first encoded.
 * @throws when the file is missing or is not CLIP's list
 */
export async function loadClipVocabulary(
  path: string = join(findProjectRoot(), 'studio-data', 'defaults', 'tokenizers', 'clip', 'merges.txt.gz'),
): Promise<ClipVocabulary> {
  const merges = (await promisify(gunzip)(await readFile(path))).toString('utf8').trimEnd().split('\n')
  if (merges.length !== mergeCount) throw new Error(`${path} has ${merges.length} merges, CLIP has ${mergeCount}`)

  const { characters, byteIds } = byteAlphabet()
  const ids = new Map<string, number>()
  characters.forEach((character, id) => {
    ids.set(character, id)
    ids.set(character + endOfWord, id + endOfWordOffset)
  })
  const ranks = new Map<number, number>()
  for (const [rank, merge] of merges.entries()) {
    // All of them at once would hold the event loop for a tenth of a second.
    if (rank % 4096 === 0) await nextTurn()
    const [left = '', right = ''] = merge.split(' ')
    const [leftId, rightId] = [ids.get(left), ids.get(right)]
    if (leftId === undefined || rightId === undefined) throw new Error(`${path}: line ${rank + 1} is no merge`)
    ranks.set(pairKey(leftId, rightId), rank)
    ids.set(left + right, firstMergedId + rank)
  }
  return { byteIds, ranks }
}

/**
 * The alphabet of byte-level BPE: bytes that are visible Latin-1 characters stand for themselves and come first, the
 * others are written as the characters from U+0100 on.
 */
function byteAlphabet(): { characters: string[]; byteIds: Uint16Array } {
  const isVisible = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const visible = bytes.filter(isVisible)
  const hidden = bytes.filter((byte) => !isVisible(byte))
  const byteIds = new Uint16Array(256)
  for (const [id, byte] of [...visible, ...hidden].entries()) byteIds[byte] = id
  return {
    characters: [...visible, ...hidden.map((_, index) => 256 + index)].map((code) => String.fromCharCode(code)),
    byteIds,
  }
}
