import { expect, it } from 'vitest'
import { describeExit } from './crash-words.ts'

it('tells a lack of memory from a crash and from a bug', () => {
  const exit = { code: null, signal: null, errorTail: '' }
  expect(describeExit({ ...exit, signal: 'SIGKILL' })).toContain('most likely because memory ran out')
  expect(describeExit({ ...exit, signal: 'SIGABRT', errorTail: "terminate called after 'std::bad_alloc'" })).toContain(
    'ran out of memory',
  )
  expect(describeExit({ ...exit, signal: 'SIGSEGV' })).toBe(
    'The runner crashed in native code (SIGSEGV): it left no message',
  )
  expect(
    describeExit({
      ...exit,
      code: 1,
      errorTail: 'TypeError: x is not a function\n    at a.js:1\n\nNode.js v20.20.2\n',
    }),
  ).toBe('The runner stopped by itself (exit code 1): TypeError: x is not a function')
})
