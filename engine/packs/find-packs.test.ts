import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPacks } from './find-packs.ts'
import { makePackDirectory, type PackDirectory } from './testing/pack-directory.ts'

let packs: PackDirectory
beforeEach(async () => {
  packs = await makePackDirectory()
})
afterEach(() => packs.remove())

const found = async (allowed: string[] | null = null) => findPacks(packs.path, allowed)
const names = async (allowed: string[] | null = null) => (await found(allowed)).found.map(({ name }) => name)
const entryOf = async (name: string) => (await found()).found.find((pack) => pack.name === name)?.entry
const problemOf = async (name: string) => (await found()).unusable.find((pack) => pack.name === name)?.problem

describe('the directory of packs', () => {
  it('may be absent', async () => {
    expect(await findPacks(join(packs.path, 'nowhere'), null)).toEqual({ found: [], unusable: [], switchedOff: [] })
  })

  it('holds folders and single files, in the order of their names', async () => {
    await packs.write({ 'b/index.ts': '', 'a.mjs': '', 'c.ts': '', 'd.js': '', 'readme.md': '', 'types.d.ts': '' })
    expect(await names()).toEqual(['a', 'b', 'c', 'd'])
    expect((await found()).found[0]).toMatchObject({ name: 'a', directory: null, entry: join(packs.path, 'a.mjs') })
  })

  it('has places that are no packs, and packs that are switched off', async () => {
    await packs.write({
      '.git/index.js': '',
      '_drafts/index.js': '',
      'node_modules/index.js': '',
      '__pycache__/x.pyc': '',
      'old.disabled/index.js': '',
      'off.js.disabled': '',
      'on/index.js': '',
    })
    const { found: packsFound, unusable, switchedOff } = await found()
    expect(packsFound.map(({ name }) => name)).toEqual(['on'])
    expect(unusable).toEqual([])
    expect(switchedOff).toEqual(['off.js.disabled', 'old.disabled'])
  })

  it('is read for the allowed names only, where some are given', async () => {
    await packs.write({ 'a/index.js': '', 'b/index.js': '', 'c.mjs': '' })
    expect(await names(['b', 'c.mjs'])).toEqual(['b', 'c'])
    expect(await names([])).toEqual([])
  })

  it('may hold a pack by a link, and a link that leads nowhere is named', async () => {
    await packs.write({ 'real/index.js': '' })
    const links = await makePackDirectory()
    await symlink(join(packs.path, 'real'), join(links.path, 'linked'))
    await symlink('/nowhere', join(links.path, 'broken'))
    const { found: linked, unusable } = await findPacks(links.path, null)
    expect(linked).toMatchObject([{ name: 'linked', directory: join(packs.path, 'real') }])
    expect(unusable).toMatchObject([{ name: 'broken' }])
    await links.remove()
  })

  it('holds no two packs of one name', async () => {
    await packs.write({ 'a/index.js': '', 'a.mjs': '' })
    expect(await names()).toEqual(['a'])
    expect(await problemOf('a.mjs')).toBe('Another pack is called a.')
  })
})

describe('the entry of a pack', () => {
  it('is what package.json names, in exports before main', async () => {
    await packs.write({
      'one/package.json': '{"main":"lib/main.ts","exports":{".":{"types":"./x.d.ts","import":"./lib/other.ts"}}}',
      'one/lib/main.ts': '',
      'one/lib/other.ts': '',
      'two/package.json': '{"main":"./lib/main.js"}',
      'two/lib/main.js': '',
      'three/package.json': '{"name":"three"}',
      'three/index.mjs': '',
      'three/index.ts': '',
    })
    expect(await entryOf('one')).toBe(join(packs.path, 'one/lib/other.ts'))
    expect(await entryOf('two')).toBe(join(packs.path, 'two/lib/main.js'))
    expect(await entryOf('three')).toBe(join(packs.path, 'three/index.ts'))
  })

  it('is missing in words', async () => {
    await packs.write({
      'python/__init__.py': '',
      'empty/readme.md': '',
      'gone/package.json': '{"main":"gone.js"}',
      'broken/package.json': '{',
    })
    expect(await problemOf('python')).toMatch(/Python/)
    expect(await problemOf('empty')).toMatch(/^It has no entry: index.ts/)
    expect(await problemOf('gone')).toBe('package.json names gone.js, which is not there.')
    expect(await problemOf('broken')).toMatch(/^package.json cannot be read/)
  })

  it('does not lead out of the pack', async () => {
    await packs.write({ 'outside.mjs': '', 'dots/package.json': '{"main":"../outside.mjs"}', 'link/readme.md': '' })
    await symlink(join(packs.path, 'outside.mjs'), join(packs.path, 'link/index.js'))
    expect(await problemOf('dots')).toBe('../outside.mjs leads out of the pack.')
    expect(await problemOf('link')).toBe('index.js leads out of the pack.')
  })
})
