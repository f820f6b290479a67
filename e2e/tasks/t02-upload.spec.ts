/**
 * @file T2: drop 20 files, one of them large, from any page; the line is cut in the middle; the page is loaded again once. Bar:
 * one drop and no dialog; begins within 1 s; goes on by itself after the cut and sends at most one part twice; after the
 * reload one click and the file. Cancelling leaves nothing. By keys alone, with the button.
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { type CuttingProxy, startCuttingProxy } from '../cutting-proxy.ts'
import { projectRoot, until } from '../studio.ts'
import {
  digest,
  drop,
  expectAwake,
  inputsOf,
  megabyte,
  part,
  rowOf,
  storedIn,
  tray,
  unfinishedOf,
  writeMovie,
} from '../uploading.ts'
import { note, timed } from './hand.ts'
import { isFull, test } from './setting.ts'

const bigBytes = (isFull ? 2000 : 300) * megabyte
/** Seconds without a line; a short cut ends when the page has said so. */
const cutFor = isFull ? 30 : 0

let proxy: CuttingProxy
let folder: string
let big: string
let small: string[]

test.beforeAll(async ({ studio }) => {
  proxy = await startCuttingProxy(studio.url)
  folder = await mkdtemp(join(tmpdir(), 'studio-to-upload-'))
  big = join(folder, 'a film with quite a long name, taken in summer 2026.mp4')
  await writeMovie(big, bigBytes)
  const png = await readFile(join(projectRoot, 'studio-data/defaults/input/chelsea.png'))
  small = Array.from({ length: 19 }, (_, n) => join(folder, `photo ${n}.png`))
  for (const [n, path] of small.entries()) await writeFile(path, Buffer.concat([png, Buffer.alloc(200_000, n)]))
})
test.afterAll(async () => {
  proxy.close()
  await rm(folder, { recursive: true, force: true })
})
test.afterEach(() => {
  proxy.restore()
  proxy.release()
})

test('T2: twenty files, a cut in the middle and a reload', async ({ studio, page, hand }) => {
  test.setTimeout(isFull ? 900_000 : 180_000)
  let dialogs = 0
  page.on('dialog', (dialog) => {
    dialogs++
    void dialog.accept()
  })
  const memory = async () => {
    const status = await readFile(`/proc/${studio.process.pid}/status`, 'utf8')
    const of = (field: string) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1000)
    return { now: of('VmRSS'), peak: of('VmHWM') }
  }
  await writeFile(`/proc/${studio.process.pid}/clear_refs`, '5')
  await page.goto(`${proxy.url}/pod`)
  await expectAwake(page)
  const pictures = (await storedIn(studio, '.png')).length
  const before = { delivered: proxy.delivered, memory: await memory() }
  proxy.cutAfter(0.4 * bigBytes)
  const film = rowOf(page, '2026.mp4')
  const began = await timed(async () => {
    await drop(page, [...small.slice(0, 4), big, ...small.slice(4)])
    await expect(film).toBeVisible()
  })

  await expect(film).toContainText(/Paused at \d+ %, connection lost\. Goes on by itself\./, { timeout: 120_000 })
  await new Promise((resolve) => setTimeout(resolve, cutFor * 1000))
  proxy.holdAfter(0.3 * bigBytes)
  proxy.restore()
  await expect.poll(() => proxy.holding, { timeout: 120_000 }).toBe(true)
  // Other pages, the same uploads.
  await page.getByRole('link', { name: 'Inputs' }).first().click()
  await page.waitForURL(/inputs/)
  await expect(film).toContainText(/\d+ % of \d/)
  await expect.poll(async () => (await storedIn(studio, '.png')).length).toBe(pictures + 19)

  await page.reload()
  proxy.release()
  await expect(tray(page)).toContainText('1 unfinished upload')
  await expect(film).toContainText(/\d+ % of .* is on the pod. Choose the same file again to go on./)
  const chooser = page.waitForEvent('filechooser')
  await hand.click(film.getByRole('button', { name: /^Choose .* again$/ }))
  await (await chooser).setFiles(big)
  await expect(tray(page)).toContainText('1 file uploaded', { timeout: isFull ? 300_000 : 60_000 })

  const names = await storedIn(studio, 'summer_2026.mp4')
  expect(names).toHaveLength(1)
  expect(await digest(join(inputsOf(studio), names[0]!))).toBe(await digest(big))
  // One whose beginning was answered into the cut was begun again; the empty first one goes after a day.
  expect((await unfinishedOf(studio)).filter(({ offset }) => offset > 0)).toEqual([])
  expect(dialogs).toBe(0)
  const total = bigBytes + 19 * (await readFile(small[0]!)).length
  const again = proxy.delivered - before.delivered - total
  const after = await memory()
  note(
    `${Math.round(total / megabyte)} MB; sent twice or as headers: ${Math.round(again / 1000)} kB; memory of the server ${before.memory.now} MB before, ${after.peak} MB at most`,
  )
  expect(again).toBeLessThanOrEqual(part)
  hand.score({ clicks: 1, keys: 0 }, { 'drop to the first row': [began, 1000] })
})

test('T2: by keys alone: choose, pause, go on, cancel; cancelling leaves nothing on the pod', async ({
  studio,
  page,
  hand,
}) => {
  // The test before may leave uploads that began without a byte: a cut took the answer that named them.
  const begun = async () => (await unfinishedOf(studio)).filter(({ offset }) => offset > 0)
  await page.goto(`${proxy.url}/inputs`)
  // The film of the test before would leave no room for this one.
  const before = await storedIn(studio, '.mp4')
  if (before.length > 0) await studio.post('/api/admin/assets/delete', { type: 'inputs', files: before })
  proxy.holdAfter(40 * megabyte)
  const chooser = page.waitForEvent('filechooser')
  await expect(page.getByRole('gridcell').first()).toBeVisible()
  await hand.tabTo(({ name }) => name === 'Upload')
  await hand.press('Enter')
  await (await chooser).setFiles(big)
  await expect.poll(() => proxy.holding).toBe(true)
  const film = rowOf(page, '2026.mp4')
  const press = async (name: RegExp) => {
    await film.getByRole('button', { name }).focus()
    await hand.press('Enter')
  }
  await press(/^Pause/)
  proxy.release()
  await expect(film).toContainText(/Paused at \d+ % of \d/)
  await until(begun, ([upload]) => upload !== undefined && !upload.active && upload.offset > 30 * megabyte)
  await press(/^Go on with/)
  await expect(film).toContainText(/\d+ % of \d/)
  await press(/^Cancel/)
  await expect(film).toContainText('Cancelled')
  await until(begun, (uploads) => uploads.length === 0)
  const kept = join(inputsOf(studio), '.uploads')
  const bytes = (await readdir(kept)).filter((name) => !name.endsWith('.json'))
  expect(await Promise.all(bytes.map(async (name) => (await stat(join(kept, name))).size))).toEqual(bytes.map(() => 0))
  expect(await storedIn(studio, '.mp4')).toEqual([])
  hand.score({ clicks: 0 })
})
