/** @file The expected ids are transformers' own (`note` in the file says how they were made). */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ClipTokenizer, createTokenizerLoader } from './clip-tokenizer.ts'
import { clipVocabularySize, loadClipVocabulary } from './clip-vocabulary.ts'

const { cases } = z
  .object({
    note: z.string(),
    cases: z.array(z.object({ name: z.string(), text: z.string(), ids: z.array(z.int()) })),
  })
  .parse(JSON.parse(await readFile(new URL('testdata/clip-tokens.json', import.meta.url), 'utf8')))
const tokenizer = new ClipTokenizer(await loadClipVocabulary())

describe('the ids are those of transformers', () => {
  it.each(cases.map(({ name, text, ids }) => [name, text, ids] as const))('%s', (_name, text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids)
  })
})

it('encodes any text, and joins words as it joins their ids', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      const ids = tokenizer.encode(left)
      for (const id of ids) expect(id).toBeLessThan(clipVocabularySize)
      expect(tokenizer.encode(`${left} \n ${right}`)).toEqual([...ids, ...tokenizer.encode(right)])
    }),
  )
})

it('encodes a lone surrogate as the replacement character', () => {
  expect(tokenizer.encode('\ud800')).toEqual(tokenizer.encode('\ufffd'))
})

it('encodes a word of a hundred thousand letters', () => {
  const word = Array.from({ length: 100_000 }, (_, index) => 'etaoinshrdlu'[(index * index) % 12]).join('')
  expect(tokenizer.encode(word).length).toBeGreaterThan(10_000)
})

it('refuses a merge list that is not the one of CLIP', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'merges-'))
  const path = join(directory, 'merges.txt.gz')
  await writeFile(path, gzipSync('i n\nt h\n'))
  await expect(loadClipVocabulary(path)).rejects.toThrow(/has 2 merges/)
  await rm(directory, { recursive: true })
})

it('loads the vocabulary once, and tries again when that failed', async () => {
  let loads = 0
  const load = createTokenizerLoader(() => {
    loads += 1
    return loads === 1 ? Promise.reject(new Error('disk')) : loadClipVocabulary()
  })
  await expect(load()).rejects.toThrow('disk')
  expect(await load()).toBe(await load())
  expect(loads).toBe(2)
})
