import { expect, it } from 'vitest'
import { spaceInWords } from './space.ts'

it('says on a full disk what the last runs of the workflow needed, and nothing of a workflow that never ran', () => {
  const full = { level: 'full', free: 2e9 } as const
  expect(spaceInWords(full, 6.04e9)).toBe('Not enough space: needs about 6 GB, 2 GB left. Free some in Pod first.')
  expect(spaceInWords(full, null)).toBe('Not enough space: 2 GB left. Free some in Pod first.')
  expect(spaceInWords({ ...full, free: null }, null)).toBe('Not enough space. Free some in Pod first.')
})

it('warns before the disk is full when the runs would fill it, else it is silent', () => {
  expect(spaceInWords({ level: 'warn', free: 2e9 }, 6e9)).toBe('It may not fit: needs about 6 GB, 2 GB left.')
  expect(spaceInWords({ level: 'warn', free: 7e9 }, 6e9)).toBe('')
  expect(spaceInWords({ level: 'warn', free: 2e9 }, null)).toBe('')
})
