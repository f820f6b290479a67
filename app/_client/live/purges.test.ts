import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StudioEvent } from '#contracts/events'
import { sayPurges } from './purges.ts'

const purge = (id: number, reason: 'age' | 'space', deletions: number, bytes: number): StudioEvent => ({
  ...{ id, type: 'trash.purged', timestamp: id, severity: 'info', message: '' },
  data: { entries: [], deletions, bytes, reason },
})
function aStorage(): Storage {
  const values = new Map<string, string>()
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  } as Storage
}

let said: string[]
beforeEach(() => {
  said = []
  vi.stubGlobal('dispatchEvent', ({ detail }: CustomEvent<{ tone: string; text: string; description: string }>) => {
    said.push(`${detail.tone}: ${detail.text}. ${detail.description}`)
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('a trash that was emptied by the studio', () => {
  it('is said once in a browser, with size and reason', () => {
    const storage = aStorage()
    sayPurges([purge(4, 'age', 2, 3e9)], storage)
    sayPurges([purge(4, 'age', 2, 3e9)], storage)
    expect(said).toEqual([
      'plain: 2 deletions in the trash became final, 3 GB freed. They had been there for as long as the settings say.',
    ])
  })

  it('is said in one sentence for all of it, and a full disk is the reason that counts', () => {
    sayPurges([purge(4, 'age', 1, 1e9), purge(9, 'space', 1, 1e9)], aStorage())
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^warning: 2 deletions .* 2 GB freed\. The disk was nearly full/)
  })

  it('is no news when only settings went, whose files were gone before', () => {
    sayPurges([purge(4, 'age', 0, 2000)], aStorage())
    expect(said).toEqual([])
  })
})
