/**
 * @file Uploading beyond the task itself (e2e/tasks/t02): refused files, pasted ones, the tray in both themes, and a server
 * that is killed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from 'playwright/test'
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts'
import { signIn } from './sign-in.ts'
import { apiKey, projectRoot, type Studio, startStudio, until } from './studio.ts'
import {
  digest,
  dragOver,
  drop,
  expectAwake,
  inputsOf,
  megabyte,
  rowOf,
  storedIn,
  tray,
  unfinishedOf,
  writeMovie,
} from './uploading.ts'

const bigBytes = 300 * megabyte

let studio: Studio
let proxy: CuttingProxy
let folder: string
let big: string
let small: string[]
/** of a kind that is not accepted */
let wrong: string

test.beforeAll(async () => {
  studio = await startStudio()
  proxy = await startCuttingProxy(studio.url)
  folder = await mkdtemp(join(tmpdir(), 'studio-to-upload-'))
  big = join(folder, 'a film with quite a long name, taken in summer 2026.mp4')
  await writeMovie(big, bigBytes)
  wrong = join(folder, 'clip.mkv')
  await writeFile(wrong, 'matroska')
  const png = await readFile(join(projectRoot, 'studio-data/defaults/input/chelsea.png'))
  small = Array.from({ length: 19 }, (_, n) => join(folder, `photo ${n}.png`))
  for (const [n, path] of small.entries()) await writeFile(path, Buffer.concat([png, Buffer.alloc(200_000, n)]))
})
test.afterAll(async () => {
  proxy.close()
  await studio.dispose()
  await rm(folder, { recursive: true, force: true })
})
test.afterEach(() => {
  proxy.restore()
  proxy.release()
})

test('a link followed while the line is cut keeps the page and its uploads, and opens when the line is back', async ({
  page,
}) => {
  const film = join(folder, 'short cut.mp4')
  await writeMovie(film, 40 * megabyte)
  await signIn(page, proxy.url)
  await page.goto(`${proxy.url}/pod`)
  await page.evaluate(() => Object.assign(window, { isStillThisDocument: true }))
  proxy.cutAfter(10 * megabyte)
  await drop(page, [film])
  const row = rowOf(page, 'short cut.mp4')
  await expect(row).toContainText('connection lost. Goes on by itself.')
  await page.getByRole('link', { name: 'Inputs' }).first().click()
  await expect(
    page.getByRole('alert').filter({ hasText: 'Pages you choose open as soon as it answers.' }),
  ).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name: 'Pod' })).toBeVisible()
  await expect(row).toContainText(/Paused at \d+ %/)

  proxy.restore()
  await page.waitForURL(/inputs/)
  await expect(page.getByRole('heading', { level: 1, name: 'Inputs' })).toBeVisible()
  await expect(row).toContainText('added', { timeout: 60_000 })
  expect(await page.evaluate(() => 'isStillThisDocument' in window)).toBe(true)
})

test('a part of the page that is first needed while the line is cut comes when it is back, and breaks nothing', async ({
  page,
}) => {
  await signIn(page, proxy.url)
  await page.goto(`${proxy.url}/queue`)
  await expect(page.getByRole('heading', { level: 1, name: 'Queue' })).toBeVisible()
  // Of a page that does not listen yet, the cut would take what it needs for that.
  await expectAwake(page)
  proxy.cutAfter(0)
  await drop(page, [small[2]!])
  await page.keyboard.press('?')
  await expect(page.getByRole('alert').filter({ hasText: 'Reconnecting to the pod' })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('heading', { level: 1, name: 'Queue' })).toBeVisible()
  proxy.restore()
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible({ timeout: 30_000 })
  await expect(rowOf(page, 'photo 2.png')).toContainText('added', { timeout: 60_000 })
})

test('a workflow dropped on any page opens in the runner; pictures dropped with it are uploaded', async ({ page }) => {
  const graph = join(folder, 'my own graph.json')
  const graphs = join(projectRoot, 'studio-data/defaults/workflows')
  const shipped = JSON.parse(await readFile(join(graphs, 'remove-background.json'), 'utf8'))
  await writeFile(graph, JSON.stringify(shipped.prompt))
  await signIn(page, proxy.url)
  await page.goto(`${proxy.url}/queue`)
  await drop(page, [graph, small[3]!])
  await page.waitForURL(/\/run$/)
  await expect(page.getByRole('heading', { level: 1, name: 'my own graph' })).toBeVisible()
  await expect(rowOf(page, 'photo 3.png')).toContainText('added')

  // The next one takes its place, also on the runner's own page; what is no workflow is said.
  const other = join(folder, 'another.json')
  await writeFile(other, JSON.stringify(shipped.prompt))
  await drop(page, [other])
  await expect(page.getByRole('heading', { level: 1, name: 'another' })).toBeVisible()
  const words = join(folder, 'notes.json')
  await writeFile(words, '{"notes": "no graph"}')
  await drop(page, [words])
  await expect(page.getByText('notes.json was not opened')).toBeVisible()
})

test('a picture that was made with a workflow becomes an input, and its workflow is offered', async ({ page }) => {
  const job = await studio.json<{ id: string }>('/api/admin/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workflow: 'remove-background', inputs: { image: 'astronaut.png' } }),
  })
  const done = await until(
    () => studio.json<{ status: string }>(`/api/admin/jobs/${job.id}`),
    ({ status }) => status === 'completed',
  )
  expect(done.status).toBe('completed')
  const made = join(folder, 'made here.png')
  await writeFile(made, await readFile(join(studio.directory, 'assets/output', job.id, 'final/final_00001.png')))
  await signIn(page, proxy.url)
  await page.goto(`${proxy.url}/queue`)
  await drop(page, [made])
  await expect(rowOf(page, 'made here.png')).toContainText('added')
  await page.getByRole('button', { name: 'Open the workflow' }).click()
  await page.waitForURL(/\/run$/)
  await expect(page.getByText('The workflow of a picture; its settings became this form.')).toBeVisible()
})

test('what is refused is named with the reason, and the others go on', async ({ page }) => {
  const disguised = join(folder, 'disguised.png')
  await writeFile(disguised, 'just text that calls itself a picture, and is long enough to be looked at')
  await signIn(page, proxy.url)
  await drop(page, [wrong, disguised, small[0]!])
  await expect(rowOf(page, 'clip.mkv')).toContainText('Kind not accepted here')
  await expect(rowOf(page, 'disguised.png')).toContainText('not a supported image or video')
  await expect(rowOf(page, 'photo 0.png')).toContainText('added')
  await expect(tray(page)).toContainText('2 files not uploaded')
})

test('a pasted picture is uploaded from any page', async ({ page }) => {
  await signIn(page, proxy.url)
  await page.goto(`${proxy.url}/queue`)
  await expectAwake(page)
  const png = (await readFile(small[1]!)).toString('base64')
  await page.evaluate((base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([bytes], 'image.png', { type: 'image/png' }))
    document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData }))
  }, png)
  await expect(rowOf(page, 'image.png')).toContainText('added')
  await page.getByRole('button', { name: 'Use in a workflow' }).click()
  await expect(page.getByRole('region', { name: 'Chosen files' })).toContainText('For image.png')
})

for (const screen of [
  { name: 'desktop', viewport: { width: 1440, height: 900 } },
  { name: 'phone', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
]) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`the tray has no accessibility fault on ${screen.name}, ${colorScheme}`, async ({ browser }) => {
      const { name: _name, ...options } = screen
      const context = await browser.newContext({ ...options, colorScheme, reducedMotion: 'reduce' })
      await context.addInitScript((theme) => localStorage.setItem('theme', theme), colorScheme)
      const page = await context.newPage()
      await signIn(page, proxy.url)
      const faults = async (state: string) => {
        if (process.env.SHOTS)
          await page.screenshot({ path: `${process.env.SHOTS}/${state}-${name}-${colorScheme}.png` })
        const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
        return axe.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)
      }
      proxy.holdAfter(60 * megabyte)
      await drop(page, [wrong, big, ...small.slice(0, 3)])
      await expect.poll(() => proxy.holding).toBe(true)
      // The cut is to meet the film alone.
      for (const n of [0, 1, 2]) await expect(rowOf(page, `photo ${n}.png`)).toContainText('added')
      expect(await faults('sending')).toEqual([])
      proxy.release()
      proxy.cutAfter(megabyte)
      await expect(rowOf(page, '2026.mp4')).toContainText('connection lost')
      expect(await faults('cut')).toEqual([])
      proxy.restore()
      await page.reload()
      await expect(tray(page)).toContainText('1 unfinished upload')
      expect(await faults('after-reload')).toEqual([])
      await dragOver(page)
      expect(await faults('drop')).toEqual([])
      await tray(page).getByRole('button', { name: 'Cancel all' }).click()
      // One whose beginning was answered into the cut was begun again; the empty first one goes after a day.
      await until(
        () => unfinishedOf(studio),
        (uploads) => uploads.every(({ offset }) => offset === 0),
      )
      await context.close()
    })
  }
}

test('a server that is killed in the middle of an upload goes on with it', async () => {
  const path = join(folder, 'short.mp4')
  await writeMovie(path, 20 * megabyte)
  const bytes = await readFile(path)
  const tus = { 'Tus-Resumable': '1.0.0', 'X-API-Key': apiKey }
  const begun = await studio.request('/api/admin/uploads', {
    method: 'POST',
    headers: { ...tus, 'Upload-Length': String(bytes.length), 'Upload-Metadata': `filename ${btoa('short.mp4')}` },
  })
  const location = begun.headers.get('location')!
  const partHeaders = { ...tus, 'Content-Type': 'application/offset+octet-stream' }
  const sending = httpRequest(studio.url + location, {
    method: 'PATCH',
    headers: { ...partHeaders, 'Upload-Offset': '0', 'Content-Length': bytes.length },
  })
  sending.on('error', () => undefined)
  sending.write(bytes.subarray(0, 9 * megabyte))
  await until(
    () => unfinishedOf(studio),
    (uploads) => uploads.some(({ name, offset }) => name === 'short.mp4' && offset > 5 * megabyte),
  )
  await studio.stop('SIGKILL')
  expect(await storedIn(studio, 'short.mp4')).toEqual([])

  studio = await startStudio({ directory: studio.directory })
  const head = await studio.request(location, { method: 'HEAD', headers: tus })
  const offset = Number(head.headers.get('upload-offset'))
  expect(offset).toBeGreaterThan(5 * megabyte)
  expect(offset).toBeLessThanOrEqual(9 * megabyte)
  const rest = await studio.request(location, {
    method: 'PATCH',
    headers: { ...partHeaders, 'Upload-Offset': String(offset) },
    body: bytes.subarray(offset),
  })
  expect(rest.status).toBe(204)
  const [name] = await storedIn(studio, 'short.mp4')
  expect(rest.headers.get('studio-stored-as')).toBe(name)
  expect(await digest(join(inputsOf(studio), name!))).toBe(await digest(path))
})
