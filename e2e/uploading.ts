/** @file What the tests of uploads share: files to send, dropping them on a page, and the tray that shows them. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import type { Studio } from './studio.ts'

export const megabyte = 1_000_000
/** Bytes of a part of an upload. */
export const part = 32 * 1024 * 1024

/** The first bytes of a film; what follows differs from block to block, so that a lost or doubled one is noticed. */
export async function writeMovie(path: string, bytes: number) {
  const handle = await open(path, 'w')
  const block = Buffer.alloc(megabyte, 7)
  for (let at = 0; at < bytes; at += block.length) {
    block.writeUInt32BE(at, 100)
    if (at === 0) block.write('\0\0\0\x20ftypisom', 0, 'latin1')
    await handle.write(block, 0, Math.min(block.length, bytes - at))
  }
  await handle.close()
}

/** SHA-256, in hex. */
export async function digest(path: string) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The page listens: how the engine is, its script alone asks. What it loads with its first use is not there for that. */
export const expectAwake = (page: Page) => expect(page.getByTitle(/^Engine /).first()).toBeAttached()

/** Drags a file over the page until it says so: before it listens, it hears nothing. */
export const dragOver = (page: Page) =>
  expect(async () => {
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['x'], 'x.png'))
      document.body.dispatchEvent(new DragEvent('dragenter', { bubbles: true, dataTransfer }))
    })
    await expect(page.getByText('Drop to add to Inputs')).toBeVisible({ timeout: 1000 })
  }).toPass()

/** Drops files of this machine on the page, as the browser would. */
export async function drop(page: Page, paths: string[]) {
  await dragOver(page)
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true, id: 'to-drop' })
    document.body.append(input)
  })
  await page.locator('#to-drop').setInputFiles(paths)
  await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#to-drop')!
    const dataTransfer = new DataTransfer()
    for (const file of input.files!) dataTransfer.items.add(file)
    for (const type of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
    }
    input.remove()
  })
}

export const tray = (page: Page) => page.getByRole('region', { name: 'Uploads' })
export const rowOf = (page: Page, text: string) => tray(page).getByRole('listitem').filter({ hasText: text })

export const inputsOf = (studio: Studio) => join(studio.directory, 'assets/input')

/** Names of the inputs that end so; what is still being received is not among them. */
export const storedIn = async (studio: Studio, ending: string) =>
  (await readdir(inputsOf(studio))).filter((name) => !name.startsWith('.') && name.endsWith(ending))

export const unfinishedOf = async (studio: Studio) =>
  (await studio.json<{ uploads: { name: string; offset: number; active: boolean }[] }>('/api/admin/uploads')).uploads
