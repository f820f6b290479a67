import { describe, expect, it } from 'vitest'
import { ClipTokenizer } from './clip-tokenizer.ts'
import { loadClipVocabulary } from './clip-vocabulary.ts'
import { parsePromptWeights } from './prompt-weights.ts'
import { splitEmbeddings } from './split-embeddings.ts'
import { tokenizePrompt } from './tokenize-prompt.ts'

const tokenizer = new ClipTokenizer(await loadClipVocabulary())
const known = new Map([
  ['style', [Float32Array.of(1, 2), Float32Array.of(3, 4)]],
  ['sub/look.pt', [Float32Array.of(5, 6)]],
])

async function tokenize(prompt: string) {
  const asked: string[] = []
  const embeddings = {
    async find(name: string) {
      asked.push(name)
      return known.get(name) ?? []
    },
  }
  const chunks = await tokenizePrompt(prompt, { tokenizer, embeddings, padToken: 0 })
  const words = chunks.flatMap((chunk) => chunk.slice(1, 1 + chunk.slice(1).findIndex(({ token }) => token === 49407)))
  return { chunks, words: words.map(({ token, weight }) => [token, weight]), asked }
}
const word = (text: string, weight = 1) => tokenizer.encode(text).map((id) => [id, weight])

describe('embedding:name', () => {
  it.each<[prompt: string, pieces: [kind: 'text' | 'embedding', value: string, weight: number][]]>([
    ['embedding:style', [['embedding', 'style', 1]]],
    [
      'a embedding:style b',
      [
        ['text', 'a ', 1],
        ['embedding', 'style', 1],
        ['text', ' b', 1],
      ],
    ],
    [
      'a\nembedding:style, b',
      [
        ['text', 'a\n', 1],
        ['embedding', 'style', 1],
        ['text', ', b', 1],
      ],
    ],
    ['(embedding:style:1.2)', [['embedding', 'style', 1.2]]],
    [
      '(embedding:style.pt:1.2) x',
      [
        ['embedding', 'style.pt', 1.2],
        ['text', ' x', 1],
      ],
    ],
    [
      'embedding:a embedding:b',
      [
        ['embedding', 'a', 1],
        ['embedding', 'b', 1],
      ],
    ],
    ['embedding: style', [['embedding', 'style', 1]]],
    ['embedding:', [['text', 'embedding:', 1]]],
    ['embedding:,', [['text', ',', 1]]],
    ['my_embedding:style', [['text', 'my_embedding:style', 1]]],
  ])('%s', (prompt, pieces) => {
    const found = splitEmbeddings(parsePromptWeights(prompt))
    expect(found.map((piece) => [piece.kind, piece.kind === 'text' ? piece.text : piece.name, piece.weight])).toEqual(
      pieces,
    )
  })
})

it('gives each part its weight and each embedding its vectors', async () => {
  const { words, asked } = await tokenize('a (red:1.5) cat, (embedding:style:0.5), embedding:sub/look.pt')
  expect(words).toEqual([
    ...word('a'),
    ...word('red', 1.5),
    ...word('cat,'),
    [Float32Array.of(1, 2), 0.5],
    [Float32Array.of(3, 4), 0.5],
    ...word(','),
    [Float32Array.of(5, 6), 1],
  ])
  expect(asked).toEqual(['style', 'sub/look.pt'])
})

it('takes any number of commas in a name', () => {
  const name = `${','.repeat(200_000)}x`
  expect(splitEmbeddings(parsePromptWeights(`embedding:${name}`))).toEqual([{ kind: 'embedding', name, weight: 1 }])
})

it('leaves out an embedding that is not found', async () => {
  expect((await tokenize('a embedding:none b')).words).toEqual([...word('a'), ...word('b')])
})

it('cuts long texts into chunks', async () => {
  const { chunks } = await tokenize('cat '.repeat(76))
  expect(chunks).toHaveLength(2)
  expect(chunks.map((chunk) => chunk.length)).toEqual([77, 77])
})
