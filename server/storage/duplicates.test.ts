import { describe, expect, it } from 'vitest'
import type { SizedFile } from './content-hashes.ts'
import { type DuplicateSearch, findDuplicates } from './duplicates.ts'

/** The content is the first word of a name: `cat-2.png` is another file with the bytes of `cat.png`. */
const hashOf = ({ path }: SizedFile) => /\w+/.exec(path.split('/').at(-1)!)![0]!
const file = (type: SizedFile['type'], path: string, mtimeMs = 1): SizedFile => ({ type, path, size: 3, mtimeMs })
const find = (inputs: SizedFile[], outputs: SizedFile[], more: Partial<DuplicateSearch> = {}) =>
  findDuplicates({
    ...{ inputs, outputs, used: new Set<string>(), goesElsewhere: () => false },
    hashesOf: (files) => files.map(hashOf),
    ...more,
  }).map(({ path }) => path)

describe('duplicates of inputs', () => {
  it('are outputs with the content of an input, and inputs uploaded again; the oldest stays', () => {
    const inputs = [file('inputs', 'cat-2.png', 9), file('inputs', 'cat.png', 1), file('inputs', 'dog.png')]
    expect(find(inputs, [file('outputs', 'job/final/dog.png'), file('outputs', 'job/final/fox.png')])).toEqual([
      'cat-2.png',
      'job/final/dog.png',
    ])
  })

  it('keep the copy that jobs used, and all that were used', () => {
    const inputs = [file('inputs', 'cat.png', 1), file('inputs', 'cat-2.png', 2), file('inputs', 'cat-3.png', 3)]
    expect(find(inputs, [], { used: new Set(['cat-2.png']) })).toEqual(['cat.png', 'cat-3.png'])
    expect(find(inputs, [], { used: new Set(['cat-2.png', 'cat-3.png']) })).toEqual(['cat.png'])
    expect(find(inputs, [], { used: null })).toEqual([])
  })

  it('never are the last copy: one that another suggestion would delete does not count', () => {
    const goesElsewhere = ({ path }: SizedFile) => path === 'cat.png'
    expect(find([file('inputs', 'cat.png')], [file('outputs', 'job/final/cat.png')], { goesElsewhere })).toEqual([])
    const both = [file('inputs', 'cat.png', 1), file('inputs', 'cat-2.png', 2)]
    expect(find(both, [file('outputs', 'job/final/cat.png')], { goesElsewhere })).toEqual(['job/final/cat.png'])
  })

  it('are found among outputs of inputs only: two outputs alike stay', () => {
    expect(find([], [file('outputs', 'a/final/cat.png'), file('outputs', 'b/final/cat.png')])).toEqual([])
  })

  it('ask for hashes of files of one size only, and are none while these are not known', () => {
    const asked: SizedFile[] = []
    const small = { ...file('inputs', 'small.png'), size: 1 }
    const hashesOf = (files: readonly SizedFile[]) => {
      asked.push(...files)
      return null
    }
    expect(find([small, file('inputs', 'cat.png')], [file('outputs', 'job/final/cat.png')], { hashesOf })).toEqual([])
    expect(asked.map(({ path }) => path)).toEqual(['cat.png', 'job/final/cat.png'])
  })
})
