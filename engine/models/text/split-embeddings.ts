/**
 * @file Finds `embedding:name` in the parts of a prompt. Like ComfyUI it looks for the word at the beginning of a part
 * and after a space or a line break, and the name goes on to the next white space; commas at its end are text again.
 * Looks for no file.
 */
import type { WeightedText } from './prompt-weights.ts'

export type PromptPiece =
  | { kind: 'text'; text: string; weight: number }
  | { kind: 'embedding'; name: string; weight: number }

const marker = 'embedding:'
const beforeMarker = /(?<=[ \n])(?=embedding:)/

export function splitEmbeddings(parts: readonly WeightedText[]): PromptPiece[] {
  return parts.flatMap(({ text, weight }) =>
    text
      .split(beforeMarker)
      .flatMap((piece): PromptPiece[] => {
        const name = piece.startsWith(marker) ? /^\s*(\S+)/.exec(piece.slice(marker.length)) : null
        if (!name) return [{ kind: 'text', text: piece, weight }]
        const rest = piece.slice(marker.length + name[0].length)
        const end = endWithoutCommas(name[1]!)
        return [
          { kind: 'embedding', name: name[1]!.slice(0, end), weight },
          { kind: 'text', text: name[1]!.slice(end) + rest, weight },
        ]
      })
      .filter((piece) => (piece.kind === 'text' ? piece.text.trim() : piece.name) !== ''),
  )
}

function endWithoutCommas(name: string): number {
  let end = name.length
  while (name[end - 1] === ',') end -= 1
  return end
}
