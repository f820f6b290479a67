import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadKeyStore, sha256 } from './key-store.ts'

let secretsDirectory: string
beforeEach(async () => {
  secretsDirectory = join(await mkdtemp(join(tmpdir(), 'studio-key-')), 'secrets')
})
afterEach(() => rm(join(secretsDirectory, '..'), { recursive: true, force: true }))

const load = (environmentKey: string | null = null) => loadKeyStore({ secretsDirectory, environmentKey, randomBytes })
const file = () => readFile(join(secretsDirectory, 'api-key.sha256'), 'utf8')

describe('the key', () => {
  it('is made once: 32 random bytes with our prefix, of which only the hash stays', async () => {
    const first = await load()
    expect(first.generated).toMatch(/^pas_[A-Za-z0-9_-]{43}$/)
    expect((await file()).trim()).toBe(sha256(first.generated!).toString('hex'))
    expect((await stat(join(secretsDirectory, 'api-key.sha256'))).mode & 0o777).toBe(0o600)
    expect(await readdir(secretsDirectory)).toEqual(['api-key.sha256'])
    const second = await load()
    expect(second.generated).toBeNull()
    expect(second.matches(first.generated!)).toBe(true)
  })

  it('comes from the environment when it is there, and the stored hash follows it', async () => {
    const { generated } = await load()
    const given = await load('given-by-the-owner')
    expect(given.generated).toBeNull()
    expect(given.matches('given-by-the-owner')).toBe(true)
    expect(given.matches(generated!)).toBe(false)
    expect((await file()).trim()).toBe(sha256('given-by-the-owner').toString('hex'))
  })

  it('is nothing else: not empty, not a part, not longer than any key can be', async () => {
    const { matches } = await load('given-by-the-owner')
    for (const wrong of ['', 'given-by-the-owne', 'given-by-the-owner ', 'x'.repeat(10_000)]) {
      expect(matches(wrong)).toBe(false)
    }
  })

  it('is not replaced silently when the file is damaged', async () => {
    await load()
    await writeFile(join(secretsDirectory, 'api-key.sha256'), 'not a hash')
    await expect(load()).rejects.toThrow(/does not hold a SHA-256/)
  })
})
