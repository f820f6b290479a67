import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePromptWeights } from './prompt-weights.ts'

const parse = (prompt: string) => parsePromptWeights(prompt).map(({ text, weight }) => [text, weight])

describe('a prompt', () => {
  it.each<[what: string, prompt: string, parts: [string, number][]]>([
    ['has weight one', 'a cat', [['a cat', 1]]],
    ['may be empty', '', []],
    [
      'counts a tenth more in parentheses',
      'a (cat) here',
      [
        ['a ', 1],
        ['cat', 1.1],
        [' here', 1],
      ],
    ],
    [
      'counts as much as it says',
      '(cat:1.3), (dog:.5) (owl:0) (x:-1)',
      [
        ['cat', 1.3],
        [', ', 1],
        ['dog', 0.5],
        [' ', 1],
        ['owl', 0],
        [' ', 1],
        ['x', -1],
      ],
    ],
    ['multiplies nested parentheses', '((cat))', [['cat', 1.1 * 1.1]]],
    [
      'multiplies what is nested in a number',
      '((cat) here:2)',
      [
        ['cat', 2.2],
        [' here', 2],
      ],
    ],
    [
      'takes the innermost number',
      '(a (b:1.5) c:0.5)',
      [
        ['a ', 0.5],
        ['b', 1.5],
        [' c', 0.5],
      ],
    ],
    ['takes the innermost number, also in plain parentheses', '((cat:1.2))', [['cat', 1.2]]],
    [
      'counts a number inside of parentheses for all that is directly in them',
      'a ((((b (c:666) d:100)))) e',
      [
        ['a ', 1],
        ['b ', 100],
        ['c', 666],
        [' d', 100],
        [' e', 1],
      ],
    ],
    [
      'counts parentheses inside of a number once more',
      'a ((((b (c:666) d):100))) e',
      [
        ['a ', 1],
        ['b ', 110],
        ['c', 666],
        [' d', 110],
        [' e', 1],
      ],
    ],
    [
      'keeps escaped parentheses',
      '\\(cat\\) (dog \\(big\\):1.2)',
      [
        ['(cat) ', 1],
        ['dog (big)', 1.2],
      ],
    ],
    ['keeps other backslashes', 'a\\b \\\\(c', [['a\\b \\(c', 1]]],
    ['ends no group with an escaped parenthesis', '(cat\\)', [['(cat)', 1]]],
    [
      'takes the last colon',
      '(ratio 16:9:1.2) (time 12:30)',
      [
        ['ratio 16:9', 1.2],
        [' ', 1],
        ['time 12', 30],
      ],
    ],
    [
      'keeps a colon without a number',
      '(a: b) (:1.2) (a:1.2.3) (a:inf) (a:1e999)',
      [
        ['a: b', 1.1],
        [' ', 1],
        [':1.2', 1.1],
        [' ', 1],
        ['a:1.2.3', 1.1],
        [' ', 1],
        ['a:inf', 1.1],
        [' ', 1],
        ['a:1e999', 1.1],
      ],
    ],
    ['allows space around a number', '(cat : 1.2 )', [['cat ', 1.2]]],
    [
      'drops empty parentheses',
      'a()b',
      [
        ['a', 1],
        ['b', 1],
      ],
    ],
    [
      'keeps what is never closed',
      'a (cat',
      [
        ['a ', 1],
        ['(cat', 1],
      ],
    ],
    ['keeps what was never opened', 'cat) a (dog:2) b', [['cat) a (dog:2) b', 1]]],
    [
      'reads an unclosed group that ends with a closed one as a group',
      '(a (b)',
      [
        ['a ', 1.1],
        ['(b', 1.1],
      ],
    ],
    ['spans lines', '(a\nb:1.2)', [['a\nb', 1.2]]],
  ])('%s', (_what, prompt, parts) => {
    expect(parse(prompt)).toEqual(parts.map(([text, weight]) => [text, expect.closeTo(weight, 12)]))
  })
})

const syntax = fc.string({ unit: fc.constantFrom('(', ')', '\\', ':', '1', '.', 'a', ' ') })

it('never throws, and gives no empty part and no weight that is not a number', () => {
  fc.assert(
    fc.property(syntax, (prompt) => {
      for (const { text, weight } of parsePromptWeights(prompt)) {
        expect(text).not.toBe('')
        expect(Number.isFinite(weight)).toBe(true)
      }
    }),
  )
})

it('adds no character and changes no order', () => {
  const unescaped = (text: string) => text.replaceAll(/\\([()])/g, '$1')
  fc.assert(
    fc.property(syntax, (prompt) => {
      const joined = parsePromptWeights(prompt)
        .map(({ text }) => text)
        .join('')
      let from = 0
      for (const character of joined) {
        const found = unescaped(prompt).indexOf(character, from)
        expect(found).toBeGreaterThanOrEqual(from)
        from = found + 1
      }
    }),
  )
})

it('leaves text alone that has no parentheses', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!/[()]/.test(text))
      expect(parse(text)).toEqual(text === '' ? [] : [[text, 1]])
    }),
  )
})

it('gives any text back whose parentheses are escaped', () => {
  fc.assert(
    fc.property(fc.string(), fc.double({ min: 0, max: 3, noNaN: true }), (text, weight) => {
      fc.pre(text !== '' && !text.includes('\\'))
      const escaped = text.replaceAll(/[()]/g, '\\$&')
      expect(parse(`(${escaped}:${weight})`)).toEqual([[text, weight]])
    }),
  )
})

it('multiplies as deep as parentheses are nested', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 50 }), (depth) => {
      const [part, ...rest] = parsePromptWeights(`${'('.repeat(depth)}cat${')'.repeat(depth)}`)
      expect(rest).toEqual([])
      expect(part?.text).toBe('cat')
      expect(part?.weight).toBeCloseTo(1.1 ** depth, 6)
    }),
  )
})

it('takes a very long number that is none as text', () => {
  const digits = '1'.repeat(200_000)
  expect(parse(`(cat:${digits}x)`)).toEqual([[`cat:${digits}x`, 1.1]])
})

it('takes very deep nesting as text', () => {
  for (const [open, close] of [
    [100_000, 100_000],
    [100_000, 0],
    [0, 100_000],
    [100_000, 99_999],
  ] as const) {
    const parts = parsePromptWeights(`${'('.repeat(open)}cat${')'.repeat(close)}`)
    expect(parts.map(({ text }) => text).join('')).toContain('cat')
  }
})
