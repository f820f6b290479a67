import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publishFile, temporaryPathBeside, writeFileDurably } from './durable-write.ts'
import { openBeneath } from './open-beneath.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'files-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('openBeneath', () => {
  beforeEach(async () => {
    await mkdir(join(directory, 'root/sub'), { recursive: true })
    await mkdir(join(directory, 'root-evil'))
    await writeFile(join(directory, 'root/sub/a.txt'), 'inside')
    await writeFile(join(directory, 'root-evil/secret.txt'), 'outside')
  })
  const open = async (...segments: string[]) => {
    const opened = await openBeneath(join(directory, 'root'), segments)
    if (!opened) return null
    const text = await opened.handle.readFile('utf8')
    await opened.handle.close()
    return text
  }

  it('opens a regular file beneath the root', async () => {
    expect(await open('sub', 'a.txt')).toBe('inside')
  })

  it('works when the root itself is reached through a link', async () => {
    await symlink(join(directory, 'root'), join(directory, 'linked-root'))
    const opened = await openBeneath(join(directory, 'linked-root'), ['sub', 'a.txt'])
    expect(opened).not.toBeNull()
    await opened?.handle.close()
  })

  it('follows no link, neither as the file nor on the way', async () => {
    await symlink(join(directory, 'root-evil/secret.txt'), join(directory, 'root/link.txt'))
    await symlink(join(directory, 'root-evil'), join(directory, 'root/linked'))
    expect(await open('link.txt')).toBeNull()
    expect(await open('linked', 'secret.txt')).toBeNull()
  })

  it('opens no directory, no device and nothing that is missing', async () => {
    expect(await open('sub')).toBeNull()
    expect(await open('nothing.txt')).toBeNull()
    expect(await open('sub', 'a.txt', 'below')).toBeNull()
    expect(await openBeneath('/dev', ['null'])).toBeNull()
  })
})

describe('durable writes', () => {
  it('leave the whole new content and no temporary file', async () => {
    const target = join(directory, 'record.json')
    await writeFileDurably(target, 'one')
    await writeFileDurably(target, 'two')
    expect(await readFile(target, 'utf8')).toBe('two')
    expect(await readdir(directory)).toEqual(['record.json'])
  })

  it('leave the old content and no temporary file when they fail', async () => {
    await mkdir(join(directory, 'taken'))
    await expect(writeFileDurably(join(directory, 'taken'), 'x')).rejects.toThrow()
    expect(await readdir(directory)).toEqual(['taken'])
  })

  it('refuse to replace a file when told to be exclusive', async () => {
    const target = join(directory, 'photo.png')
    await writeFile(target, 'first')
    const temporary = temporaryPathBeside(target)
    await writeFile(temporary, 'second')
    await expect(publishFile(temporary, target, { exclusive: true })).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await readFile(target, 'utf8')).toBe('first')
  })
})
