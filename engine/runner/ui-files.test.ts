import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { uiFilesExist } from './ui-files.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ui-files-'))
  await mkdir(join(root, 'output', 'job', 'preview'), { recursive: true })
  await writeFile(join(root, 'output', 'job', 'preview', 'a.png'), '')
  await writeFile(join(root, 'secret.png'), '')
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('finds the files a UI output names, previews in the job’s folder too', async () => {
  const roots = { input: join(root, 'input'), output: join(root, 'output'), temp: join(root, 'temp') }
  const file = (subfolder: string, filename: string, type: string) =>
    uiFilesExist({ images: [{ filename, subfolder, type }] }, roots)
  expect(await file('job/preview', 'a.png', 'temp')).toBe(true)
  expect(await file('job/preview', 'b.png', 'temp')).toBe(false)
  expect(await file('', 'job', 'output')).toBe(false)
  expect(await file('..', 'secret.png', 'output')).toBe(false)
  expect(await uiFilesExist({ text: ['a.png'], animated: [true], numbers: [1, null] }, roots)).toBe(true)
})
