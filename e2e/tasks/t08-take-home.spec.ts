/**
 * @file T8: the finals of 3 jobs as one zip, behind a proxy that cuts what is silent for 100 s. Bar: at most 5 clicks; the first
 * byte within 2 s; `Content-Length` is right; the server takes at most 100 MB more; the zip opens. 0.6 GB, or 12 GB with
 * `STUDIO_E2E_SIZE=full`.
 */
import { execFile } from 'node:child_process'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, type Page } from 'playwright/test'
import { startCuttingProxy } from '../cutting-proxy.ts'
import { note } from './hand.ts'
import { isFull, openGallery, test } from './setting.ts'

const run = promisify(execFile)
const silence = 100_000

test('T8: the finals of three jobs come home as one zip', async ({ studio, page, hand }) => {
  test.setTimeout(isFull ? 900_000 : 180_000)
  const proxy = await startCuttingProxy(studio.url, { silence })
  await openGallery(page, { ...studio, url: proxy.url })
  for (const n of [1, 2, 3]) {
    await hand.click(page.getByRole('button', { name: `Select the finals of Film ${n}` }))
  }
  const bar = page.getByRole('region', { name: 'Selection' })
  await expect(bar).toContainText('12 finals selected')
  await expect(bar).toContainText(isFull ? '12 GB' : '600 MB')
  const memory = async (field: string) => {
    const status = await readFile(`/proc/${studio.process.pid}/status`, 'utf8')
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1000
  }
  await writeFile(`/proc/${studio.process.pid}/clear_refs`, '5')
  const idle = await memory('VmRSS')

  const started = page.waitForEvent('download')
  await hand.click(bar.getByRole('button', { name: 'Download', exact: true }))
  const download = await started
  const zip = join(studio.directory, 'home.zip')
  await download.saveAs(zip)
  expect(await download.failure()).toBeNull()
  const more = (await memory('VmHWM')) - idle

  // The same address once more, for what a page does not tell: the head of the answer, and when it comes.
  const began = performance.now()
  const answer = await open(download.url(), await cookieOf(page))
  const firstByte = performance.now() - began
  const announced = Number(answer.headers['content-length'])
  answer.destroy()
  expect(announced).toBe((await stat(zip)).size)
  expect(announced).toBeGreaterThan(3 * studio.heavy.filmBytes)

  expect((await run('unzip', ['-t', zip], { maxBuffer: 1e7 })).stdout).toContain('No errors detected')
  expect((await run('unzip', ['-Z1', zip])).stdout.trim().split('\n')).toHaveLength(12)
  await rm(zip)
  note(`${(announced / 1e9).toFixed(1)} GB; memory of the server ${Math.round(more)} MB above idle (bar: 100 MB)`)
  expect(more).toBeLessThanOrEqual(100)
  hand.score({ clicks: 5, keys: 0 }, { 'first byte': [firstByte, 2000] })
  proxy.close()
})

const cookieOf = async (page: Page) =>
  (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')

/** Resolves with the first byte of the body. */
const open = (url: string, cookie: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { cookie } }, (answer) => answer.once('readable', () => resolve(answer))).on('error', reject)
  })
